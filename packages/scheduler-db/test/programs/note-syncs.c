/* Preloaded into a process of the tests: after each sync of a write-ahead log its length is noted in <log>.synced, which is what a
   power cut would leave of it at worst. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int note(int fd, int (*sync)(int)) {
  char link[64], path[4096], text[32];
  struct stat before;
  int known = fstat(fd, &before) == 0;
  int result = sync(fd);
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 16);
  if (result != 0 || !known || length < 4) return result;
  path[length] = 0;
  if (strcmp(path + length - 4, "-wal") != 0) return result;
  strcat(path, ".synced");
  int out = open(path, O_WRONLY | O_CREAT, 0600);
  if (out < 0) return result;
  int size = snprintf(text, sizeof text, "%20lld", (long long)before.st_size);
  if (pwrite(out, text, size, 0) != size) unlink(path);
  close(out);
  return result;
}

int fsync(int fd) { return note(fd, (int (*)(int))dlsym(RTLD_NEXT, "fsync")); }
int fdatasync(int fd) { return note(fd, (int (*)(int))dlsym(RTLD_NEXT, "fdatasync")); }
