import { expect, test } from 'vitest'
import { parseSize, sizeOf } from '../../src/domain/size.ts'

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1_500, '1.5 kB'],
  [20_000_000, '20 MB'],
  [1_024 ** 3, '1.1 GB'],
  [5e15, '5000 TB'],
])('%i bytes are told as %s', (bytes, words) => {
  expect(sizeOf(bytes)).toBe(words)
})

test.each([
  ['0', 0],
  ['512B', 512],
  ['500 MB', 500_000_000],
  ['1.5GiB', 1.5 * 1_024 ** 3],
  [' 2gib ', 2 * 1_024 ** 3],
  ['3 kB', 3_000],
  ['1TiB', 1_024 ** 4],
])('%j means %i bytes', (text, bytes) => {
  expect(parseSize(text)).toBe(bytes)
})

test.each(['', '5', '-1GB', '1 GB free', 'much', '1e3MB', 'GB', '0x10B', 'iB', '1PB'])('%j is no size', text => {
  expect(parseSize(text)).toBeNull()
})
