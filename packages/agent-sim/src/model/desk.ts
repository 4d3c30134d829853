import { createHash, randomBytes } from 'node:crypto'
import { EventEmitter } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { isSimError } from '../errors.ts'
import { type Answer, answerOf, sayText } from './answer.ts'
import { afterFailure, type Standing, standingOf, stepOf } from './decide.ts'
import { HitCounter } from './hit-counter.ts'
import type { ModelRequest } from './model-request.ts'
import { Refused, readBody } from './read-body.ts'
import { RequestLog } from './request-log.ts'
import type { ModelRequestRecord, RequestOutcome } from './request-record.ts'
import { type Route, routeOf, wordingOf } from './routes.ts'
import { sampleOf } from './schema-sample.ts'
import { sendAnswer, sendJson } from './send-answer.ts'
import type { Step } from './step.ts'
import type { Frame, Wording } from './wording.ts'

/** What a model server tells, by name of the event. */
export interface ModelServerEvents {
  'request:received': [record: ModelRequestRecord]
  'request:settled': [record: ModelRequestRecord]
  /** A request that could not be read, or led nowhere. */
  'request:refused': [event: { readonly path: string; readonly status: number; readonly reason: string }]
}

export interface DeskOptions {
  readonly bodyBytesMax: number
  readonly logEntriesMax: number
  readonly logBytesMax: number
  readonly isAuxiliary: (request: ModelRequest) => boolean
}

const stepsCountedMax = 10_000
const bytesPerToken = 4

/** Takes requests, one by one, and keeps what they were. */
export class Desk {
  readonly events: EventEmitter<ModelServerEvents> = new EventEmitter()
  readonly log: RequestLog
  readonly ended: AbortController = new AbortController()
  readonly #hits = new HitCounter(stepsCountedMax)
  readonly #options: DeskOptions
  #seq = 0

  constructor(options: DeskOptions) {
    this.#options = options
    this.log = new RequestLog({ entriesMax: options.logEntriesMax, bytesMax: options.logBytesMax })
    // every answer that is under way listens
    this.events.setMaxListeners(0)
  }

  forget(): void {
    this.log.clear()
    this.#hits.clear()
  }

  /** Answers a request, whatever comes: a failure of ours is an answer too. */
  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [path = '/'] = (request.url ?? '/').split('?')
    const route = routeOf(request.method ?? 'GET', path)
    try {
      await this.#take(route, path, request, response)
    } catch (error) {
      if (request.destroyed && !request.complete) return
      this.#refuse(error, wordingOf(route), path, response)
    }
  }

  async #take(route: Route, path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (route.kind === 'page') return void sendJson(response, 200, route.body)
    const body = await readBody(request, this.#options.bodyBytesMax)
    const tokens = Math.ceil(JSON.stringify(body).length / bytesPerToken)
    if (route.kind === 'none')
      throw new Refused(404, `${request.method} ${path} is no address of a model's API`)
    if (route.kind === 'count') return void sendJson(response, 200, route.answer(tokens))
    await this.#answer(route.parse(body, path), { path, wording: route.wording, tokens, response })
  }

  async #answer(
    request: ModelRequest,
    {
      path,
      wording,
      tokens,
      response,
    }: { path: string; wording: Wording; tokens: number; response: ServerResponse },
  ): Promise<void> {
    const isAuxiliary = this.#options.isAuxiliary(request)
    const standing = standingOf(request)
    const record = this.#note(request, standing, isAuxiliary ? 'auxiliary' : 'turn', path)
    const { seq } = record
    const leaving = new AbortController()
    response.once('close', () => leaving.abort())
    try {
      const frame = makeFrame(request.model, tokens)
      const answer = isAuxiliary ? auxiliaryAnswer(request) : this.#turn(request, standing, record, frame)
      const options = { wording, frame, isStream: request.isStream, signal: leaving.signal }
      this.#settle(seq, await sendAnswer(response, answer, options))
    } catch (error) {
      this.#settle(seq, { kind: 'answered', status: statusOf(error) })
      throw error
    }
  }

  #turn(request: ModelRequest, standing: Standing, record: ModelRequestRecord, frame: Frame): Answer {
    const script = stepOf(standing)
    if (!script) return sayText(closingWords(standing, record))
    const hits = this.#hits.hit(`${record.userSha256} ${request.turns.length} ${standing.opening}`)
    return answerOf(afterFailure(script, hits), request, frame.nowSeconds)
  }

  #note(
    request: ModelRequest,
    standing: Standing,
    purpose: ModelRequestRecord['purpose'],
    path: string,
  ): ModelRequestRecord {
    const { api, model, isStream, tools } = request
    const bytes = Buffer.from(standing.userText)
    const step = purpose === 'turn' ? readableStep(standing) : undefined
    this.#seq += 1
    const record: ModelRequestRecord = {
      ...{ seq: this.#seq, at: Date.now(), api, path, model, isStream, tools, purpose },
      ...standing,
      userBytes: bytes.length,
      userSha256: createHash('sha256').update(bytes).digest('hex'),
      ...(step && { step }),
      outcome: { kind: 'pending' },
    }
    this.log.add(record)
    this.events.emit('request:received', record)
    return record
  }

  #settle(seq: number, outcome: RequestOutcome): void {
    const record = this.log.settle(seq, outcome)
    if (record) this.events.emit('request:settled', record)
  }

  #refuse(error: unknown, wording: Wording, path: string, response: ServerResponse): void {
    const status = statusOf(error)
    const reason = error instanceof Error ? error.message : String(error)
    const hint = isSimError(error) && error.hint !== undefined ? ` ${error.hint}` : ''
    this.events.emit('request:refused', { path, status, reason })
    if (response.headersSent || response.destroyed) {
      response.destroy()
      return
    }
    const failure = { status, type: 'invalid_request_error', message: `${reason}.${hint}`, headers: {} }
    sendJson(response, status, wording.failure(failure, makeFrame('', 0)).body)
  }
}

function statusOf(error: unknown): number {
  if (error instanceof Refused) return error.status
  return isSimError(error) ? 400 : 500
}

/** The step for the log; one that cannot be taken is answered as such, and is no step. */
function readableStep(standing: Standing): Step | undefined {
  try {
    return stepOf(standing)
  } catch (error) {
    if (isSimError(error)) return undefined
    throw error
  }
}

function closingWords({ turn }: Standing, { userBytes, userSha256 }: ModelRequestRecord): string {
  return turn > 0 ? 'Done.' : `Received ${userBytes} bytes, sha256 ${userSha256.slice(0, 12)}.`
}

/** What a program wants for itself: something that fits its schema, or a few words. */
function auxiliaryAnswer({ answerSchema }: ModelRequest): Answer {
  return sayText(answerSchema === undefined ? 'Simulated title' : JSON.stringify(sampleOf(answerSchema)))
}

function makeFrame(model: string, inputTokens: number): Frame {
  return {
    model,
    inputTokens,
    nowSeconds: Math.floor(Date.now() / 1000),
    newId: (prefix) => prefix + randomBytes(10).toString('hex'),
  }
}
