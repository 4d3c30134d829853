#!/bin/sh
# Passes when every file that the spec names is there and not empty.
status=0
for file in greetings/english.txt greetings/spanish.txt docs/about.md docs/languages.md; do
  if [ -s "$file" ]; then
    echo "ok       $file"
  else
    echo "missing  $file"
    status=1
  fi
done
exit $status
