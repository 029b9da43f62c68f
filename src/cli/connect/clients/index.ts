import type { AgentClient } from '../agent-client.ts'
import { claude } from './claude.ts'
import { codex } from './codex.ts'
import { cursor } from './cursor.ts'
import { vscode } from './vscode.ts'

/** The clients that `connect` knows, by the word that names them. */
export const CLIENTS: Readonly<Record<string, AgentClient>> = { claude, codex, cursor, vscode }
