import type { IncomingMessage } from 'node:http'
import { promisify } from 'node:util'
import { brotliDecompress, gunzip, inflate } from 'node:zlib'
import { isRecord, parseJson } from '../json.ts'
import type { Fields } from './fields.ts'

/** A request that is answered with this status and message, in every API's form. */
export class Refused extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

const decoders = {
  gzip: promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
} satisfies Record<string, (body: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>>

/** The JSON object of a request; nothing at all is an empty one. */
export async function readBody(request: IncomingMessage, bytesMax: number): Promise<Fields> {
  const raw = await readBytes(request, bytesMax)
  if (raw.length === 0) return {}
  const body = parseJson((await decode(raw, request.headers['content-encoding'], bytesMax)).toString('utf8'))
  if (isRecord(body)) return body
  throw new Refused(400, 'the body is no JSON object')
}

async function readBytes(request: IncomingMessage, bytesMax: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    size += chunk.length
    // the rest is read and thrown away, so that the client gets to read the answer
    if (size <= bytesMax) chunks.push(chunk)
  }
  if (size > bytesMax) throw new Refused(413, `the body has ${size} bytes, at most ${bytesMax} are taken`)
  return Buffer.concat(chunks)
}

async function decode(raw: Buffer, encoding: string | undefined, bytesMax: number): Promise<Buffer> {
  if (encoding === undefined || encoding === 'identity') return raw
  const decoder = Object.entries(decoders).find(([name]) => name === encoding)?.[1]
  if (!decoder) throw new Refused(415, `the body is encoded as ${encoding}; gzip, deflate and br are read`)
  try {
    return await decoder(raw, { maxOutputLength: bytesMax })
  } catch (error) {
    const code = isRecord(error) ? error['code'] : undefined
    if (code === 'ERR_BUFFER_TOO_LARGE') throw new Refused(413, `the body unpacks to over ${bytesMax} bytes`)
    throw new Refused(400, `the body is no ${encoding}`)
  }
}
