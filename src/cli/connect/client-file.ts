import { platform } from 'node:os'
import { join } from 'node:path'
import { AppError } from '../../errors.ts'
import { createGit } from '../../host/git/git.ts'
import { backUp, readIfThere, replaceFile } from '../files/replace-file.ts'
import { applyChange, type TextChange } from '../files/text-change.ts'
import { findTop } from '../find-top.ts'
import type { Terminal } from '../terminal.ts'
import type { AgentClient } from './agent-client.ts'

export interface ClientFile {
  path: string
  text: string
}

/** The file in which a client looks for its servers, of the user or of the clone that the command was called in. */
export async function openClientFile(terminal: Terminal, client: AgentClient, project: boolean): Promise<ClientFile> {
  const path = project
    ? await projectFile(terminal, client)
    : client.userFile({ env: terminal.env, homeDir: terminal.homeDir, platform: platform() })
  return { path, text: await readText(path, client) }
}

/** What `read` makes of the file; one that cannot be understood is refused with what to do by hand. */
export function understand<T>({ path, text }: ClientFile, read: (text: string) => T, hint: string): T {
  try {
    return read(text)
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause
    throw new AppError('CONFIG_INVALID', `${path} is left as it is: ${reasonOf(cause)}.`, { hint, cause })
  }
}

/** Makes the change to the file as it is by now, with a copy of the old one beside it, whose path is returned. */
export async function changeFile(
  client: AgentClient,
  path: string,
  plan: (text: string) => TextChange | null,
  modeOfNew: number,
): Promise<string | null> {
  const text = await readText(path, client)
  const change = plan(text)
  if (!change) return null
  const backup = await backUp(path)
  await replaceFile(path, applyChange(text, change), modeOfNew)
  return backup
}

async function readText(path: string, { format }: AgentClient): Promise<string> {
  const text = (await readIfThere(path)) ?? ''
  return text.trim() === '' ? format.empty : text
}

async function projectFile(terminal: Terminal, client: AgentClient): Promise<string> {
  if (client.projectFile === null)
    throw new AppError('VALIDATION_ERROR', `${client.title} reads no servers from a project.`, {
      hint: 'Leave --project out.',
    })
  const top = await findTop(createGit({ env: terminal.env }), terminal.signal)
  if (top !== null) return join(top, client.projectFile)
  throw new AppError('VALIDATION_ERROR', 'This folder is not in a clone of a repository.', {
    hint: 'Go into the project, or leave --project out.',
  })
}

/** V8's own words quote the text, in which a token may stand. */
function reasonOf(cause: SyntaxError): string {
  return /JSON/.test(cause.message) ? 'it is not plain JSON' : cause.message
}
