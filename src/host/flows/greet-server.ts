import type { ApiClient } from '../../contract/client.ts'
import { isAtLeast, OLDEST_SERVER } from '../../domain/versions.ts'
import { AppError } from '../../errors.ts'
import { fromApi } from './api-error.ts'

/** Makes sure that the server answers, knows the token, and is new enough for this host; VERSION_MISMATCH if not. */
export async function greetServer(api: ApiClient): Promise<void> {
  const { version } = await api.system.health().catch((error: unknown) => {
    throw fromApi(error)
  })
  if (isAtLeast(version, OLDEST_SERVER)) return
  throw new AppError('VERSION_MISMATCH', `The server is Scrum4Me ${version}, which is too old for this host.`, {
    hint: `Install ${OLDEST_SERVER.replace('-0', '')} or newer on the server, or that version here.`,
  })
}
