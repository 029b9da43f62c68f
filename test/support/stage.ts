import { serveHttp } from './http.ts'
import { makeInstallation } from './installation.ts'
import { openTestServer, type TestServer } from './server.ts'

export type Stage = TestServer & { url: string }

/** A test server that answers over HTTP, too. */
export async function openStage(): Promise<Stage> {
  const opened = await openTestServer()
  return { ...opened, url: (await serveHttp(opened.server)).url }
}

/** An installation of a person of its own, that knows the test's server. */
export async function installFor(
  { url, person }: Pick<Stage, 'url' | 'person'>,
  options: Parameters<TestServer['person']>[0] = {},
  variables: Record<string, string> = {},
) {
  const owner = await person(options)
  return { ...(await makeInstallation({ url, token: owner.token, personToken: owner.token }, variables)), ...owner }
}
