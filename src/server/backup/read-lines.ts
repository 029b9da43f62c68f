import { createReadStream } from 'node:fs'
import { StringDecoder } from 'node:string_decoder'
import { createGunzip } from 'node:zlib'

/**
 * The lines of a gzipped text. node:readline would not do: it also ends lines at U+2028, which stands unescaped in
 * what PostgreSQL writes.
 */
export async function* readLines(path: string): AsyncGenerator<string> {
  const file = createReadStream(path)
  const text = createGunzip()
  file.on('error', error => text.destroy(error))
  file.pipe(text)
  const decoder = new StringDecoder('utf8')
  let begun: string[] = []
  try {
    for await (const chunk of text) {
      const [first = '', ...rest] = decoder.write(chunk).split('\n')
      begun.push(first)
      for (const next of rest) {
        yield begun.join('')
        begun = [next]
      }
    }
    const last = begun.join('')
    if (last !== '') yield last
  } finally {
    file.destroy()
    text.destroy()
  }
}
