import type { Readable } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'

const LONGEST = 20_000

/** The end of what streams have brought, in the order in which it came. */
export class OutputTail {
  readonly #streams: readonly Readable[]
  #text = ''
  #isCut = false

  constructor(streams: readonly Readable[]) {
    this.#streams = streams
    for (const stream of streams) {
      stream.setEncoding('utf8')
      stream.on('data', (chunk: string) => this.#add(chunk))
    }
  }

  /** Plain text that every database takes: no colours, no control characters, no half characters. */
  text(): string {
    const plain = stripVTControlCharacters(this.#text)
      .replace(/\r\n?/g, '\n')
      .replace(/(?![\n\t])\p{Cc}|\p{Cs}/gu, '')
    return this.#isCut ? `… ${plain}` : plain
  }

  /** Takes nothing more, whoever still holds the other end. */
  close(): void {
    for (const stream of this.#streams) stream.destroy()
  }

  #add(chunk: string): void {
    const text = this.#text + chunk
    this.#isCut ||= text.length > LONGEST
    this.#text = text.slice(-LONGEST)
  }
}
