import { stat } from 'node:fs/promises'
import { coloursOf } from '../colours.ts'
import type { TextChange } from '../files/text-change.ts'
import { say, type Terminal } from '../terminal.ts'
import type { AgentClient } from './agent-client.ts'
import { agree } from './agree.ts'
import { changeLines } from './change-lines.ts'
import { type ClientFile, changeFile, openClientFile, understand } from './client-file.ts'
import { SERVER_NAME } from './connection.ts'
import { retireToken, tokenIn } from './http-token.ts'
import { wantedConnection } from './wanted-connection.ts'

export interface ConnectWish {
  client: AgentClient
  http: boolean
  project: boolean
  /** Without a question. */
  yes: boolean
}

/** Writes us into a client's configuration, after showing the change and asking; a second time changes nothing. */
export async function connectClient(terminal: Terminal, wish: ConnectWish): Promise<void> {
  const { client, project } = wish
  const { format } = client
  const file = await openClientFile(terminal, client, project)
  const wanted = await wantedConnection(terminal, wish, file.text)
  const byHand = `Take out the entry "${SERVER_NAME}" if it has one, and put this into it yourself:\n\n${format.whole(wanted.connection)}`
  const change = understand(file, text => format.set(text, wanted.connection), byHand)
  if (!change) return say(terminal, `${client.title} knows Scrum4Me already: ${file.path} is as it should be.`)
  show(terminal, file, change)
  await agree(terminal, wish.yes, `Write this into ${file.path}?`)
  const connection = await wanted.complete()
  const mode = project ? 0o644 : 0o600
  const backup = await changeFile(client, file.path, text => format.set(text, connection), mode)
  tellWritten(terminal, file.path, backup)
  await retireTokenOf(terminal, change)
  if (connection.kind === 'http') await tellOfToken(terminal, file.path, project)
  say(terminal, client.afterwards)
}

/** Takes us out of a client's configuration again, and ends the token that was made for it. */
export async function disconnectClient(terminal: Terminal, { client, project, yes }: ConnectWish): Promise<void> {
  const { format } = client
  const file = await openClientFile(terminal, client, project)
  const change = understand(file, format.remove, `Take the entry "${SERVER_NAME}" out of it yourself.`)
  if (!change) return say(terminal, `${client.title} does not know Scrum4Me: nothing of it is in ${file.path}.`)
  show(terminal, file, change)
  await agree(terminal, yes, `Take this out of ${file.path}?`)
  tellWritten(terminal, file.path, await changeFile(client, file.path, format.remove, 0o600))
  await retireTokenOf(terminal, change)
}

/** A present token is put into the new entry, so that one which is taken out for good is nobody's any more. */
async function retireTokenOf(terminal: Terminal, { removed, added }: TextChange): Promise<void> {
  const token = tokenIn(removed)
  if (token !== null && tokenIn(added) !== token) await retireToken(terminal, token)
}

function show(terminal: Terminal, { path, text }: ClientFile, change: TextChange): void {
  const { green, red, dim } = coloursOf(terminal)
  const colour = { '+': green, '-': red, '@': dim }
  say(terminal, path)
  for (const line of changeLines(text, change)) {
    const sign = line[0]
    say(terminal, sign === '+' || sign === '-' || sign === '@' ? colour[sign](line) : line)
  }
}

function tellWritten(terminal: Terminal, path: string, backup: string | null): void {
  say(terminal, `Written: ${path}${backup ? `; as it was before: ${backup}` : ''}.`)
}

async function tellOfToken(terminal: Terminal, path: string, project: boolean): Promise<void> {
  if (project)
    return say(terminal, 'Whoever uses it sets SCRUM4ME_TOKEN to a token of their own: scrum4me token create.')
  if (((await stat(path)).mode & 0o077) !== 0)
    say(terminal, `A token stands in it, and other users of this machine can read it: chmod 600 ${path}`)
}
