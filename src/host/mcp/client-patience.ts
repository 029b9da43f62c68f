/** How long clients let one call last, in seconds, by the beginning of the name that they give; measured, not promised. */
const PATIENCE: readonly (readonly [name: RegExp, seconds: number])[] = [
  [/^claude-code/i, 110],
  [/^codex/i, 270],
]
/** Nothing is known of the client, and it does not ask for progress: most give up after a minute. */
const UNKNOWN_SECONDS = 50
/** Progress at least every ten seconds keeps such a client waiting. */
const WITH_PROGRESS_SECONDS = 600

/** The longest call, in seconds, that a client bears; `configured` (SCRUM4ME_MAX_WAIT_SECONDS) wins where it is set. */
export function clientPatience(
  client: { name: string | undefined; wantsProgress: boolean },
  configured: number | null,
): number {
  if (configured !== null) return configured
  const known = PATIENCE.find(([name]) => name.test(client.name ?? ''))
  return known?.[1] ?? (client.wantsProgress ? WITH_PROGRESS_SECONDS : UNKNOWN_SECONDS)
}
