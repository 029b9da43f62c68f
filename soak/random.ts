/** Draws that depend on a seed and a name alone, not on what others draw meanwhile. */
export interface Stream {
  /** From 0 up to, but not including, 1. */
  next(): number
  between(least: number, most: number): number
  whole(least: number, most: number): number
  pick<T>(things: readonly [T, ...T[]]): T
  /** One of the names, each as likely as its weight is large. */
  weighted<Name extends string>(weights: Readonly<Record<Name, number>>): Name
}

/** The stream of an actor or a decision; whoever asks for the same name gets the same draws. */
export function streamOf(seed: string, ...name: readonly (string | number)[]): Stream {
  const next = mulberry32(hash([seed, ...name].join('\n')))
  const between = (least: number, most: number) => least + next() * (most - least)
  const whole = (least: number, most: number) => Math.floor(between(least, most + 1))
  return {
    next,
    between,
    whole,
    pick: things => things[whole(0, things.length - 1)] ?? things[0],
    weighted: weights => pickWeighted(weights, next()),
  }
}

function pickWeighted<Name extends string>(weights: Readonly<Record<Name, number>>, drawn: number): Name {
  const names = Object.keys(weights).filter((name): name is Name => name in weights)
  let left = drawn * names.reduce((sum, name) => sum + weights[name], 0)
  for (const name of names) {
    left -= weights[name]
    if (left < 0) return name
  }
  const [first] = names
  if (first === undefined) throw new Error('there is nothing to draw from')
  return first
}

function mulberry32(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** FNV-1a, stirred once more, so that names which differ in their last letter draw differently from the first on. */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (const byte of Buffer.from(text)) value = Math.imul(value ^ byte, 0x01000193)
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b)
  return Math.imul(value ^ (value >>> 13), 0xc2b2ae35) ^ (value >>> 16)
}
