import { join } from 'node:path'
import { z } from 'zod'
import { SettingOverrides } from './contract/work.ts'
import { JOB_KINDS } from './domain/job-kinds.ts'
import { parseSize } from './domain/size.ts'
import { AppError } from './errors.ts'
import { parseJsonFile } from './parse-json-file.ts'

export type Environment = Record<string, string | undefined>

/** A configuration file's path, and its text if it is there. */
export interface ConfigText {
  path: string
  text: string | null
}

/** Everything that is configured: environment first, then the file, then the defaults. */
export interface Config {
  configFile: string
  /** DATABASE_URL: a PostgreSQL of the user's own, so that no embedded one is wanted. */
  databaseUrl: string | null
  /** Where hosts and commands find the server; null when they run its half themselves, or nothing is set up yet. */
  serverUrl: string | null
  /** Where the server listens, and the URL by which people call it when that is another one. */
  listen: { host: string; port: number; publicUrl: string | null }
  token: string | null
  personToken: string | null
  dataDir: string
  worktreesDir: string
  homeDir: string
  leaseSeconds: number | null
  maxWaitSeconds: number | null
  /** Below which no job is taken, in bytes. */
  minFreeBytes: number | null
  /** How long rescue refs of ended jobs are kept. */
  keepRescuesDays: number | null
  logLevel: string
  repoRoots: Record<string, string>
  allowOrigin: Record<string, string[]>
  overrides: Pick<z.infer<typeof AgentConfigFile>, 'models' | 'kinds'>
}

/** A token goes its own way: whatever stands in a URL is shown and logged. */
const ServerUrl = z
  .url({ protocol: /^https?$/, error: 'must be an http:// or https:// URL' })
  .refine(
    text => !/^\w+:\/\/[^/?#]*@/.test(text),
    'must hold no user name or password; a token goes into SCRUM4ME_TOKEN',
  )

/** What `scrum4me up` writes, mode 0600. */
export const ConfigFile = z.strictObject({
  url: ServerUrl.optional(),
  token: z.string().min(1).optional(),
  personToken: z.string().min(1).optional(),
})
export type ConfigFile = z.infer<typeof ConfigFile>

const AgentConfigFile = z.strictObject({
  repoRoots: z.record(z.string(), z.string()).default({}),
  allowOrigin: z.record(z.string(), z.array(z.string())).default({}),
  models: SettingOverrides.shape.models,
  kinds: z.partialRecord(z.enum(JOB_KINDS), SettingOverrides.shape.kind.unwrap()).default({}),
})

const DEFAULT_PORT = 4400

const Size = z.string().transform((text, context) => {
  const bytes = parseSize(text)
  if (bytes !== null) return bytes
  context.addIssue({ code: 'custom', message: 'must be a size such as 500MB or 2GiB; 0 sets no limit' })
  return z.NEVER
})

const Variables = z.object({
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'must be a postgresql:// URL')
    .optional(),
  SCRUM4ME_URL: ServerUrl.optional(),
  SCRUM4ME_HOST: z.string().min(1).optional(),
  SCRUM4ME_PORT: z.coerce.number().int().min(0).max(65_535).optional(),
  SCRUM4ME_TOKEN: z.string().min(1).optional(),
  SCRUM4ME_DATA_DIR: z.string().min(1).optional(),
  SCRUM4ME_AGENT_WORKTREE_DIR: z.string().min(1).optional(),
  SCRUM4ME_LEASE_SECONDS: z.coerce.number().int().min(5).max(86_400).optional(),
  SCRUM4ME_MAX_WAIT_SECONDS: z.coerce.number().int().min(1).max(600).optional(),
  SCRUM4ME_MIN_FREE_DISK: Size.optional(),
  SCRUM4ME_KEEP_RESCUES_DAYS: z.coerce.number().int().min(1).max(3_650).optional(),
  SCRUM4ME_LOG_LEVEL: z.enum(['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace']).optional(),
})

/** Where the two configuration files are. */
export function configPaths(env: Environment, homeDir: string): { main: string; agent: string } {
  return {
    main: join(env.XDG_CONFIG_HOME || join(homeDir, '.config'), 'scrum4me', 'config.json'),
    agent: join(homeDir, '.scrum4me-agent-config.json'),
  }
}

/** Reads the configuration; CONFIG_INVALID names the file and place, or the variable, that is wrong. */
export function readConfig(env: Environment, files: { main: ConfigText; agent: ConfigText }, homeDir: string): Config {
  const variables = readVariables(env)
  const main = parseJsonFile(files.main, ConfigFile)
  const agent = parseJsonFile(files.agent, AgentConfigFile)
  return {
    configFile: files.main.path,
    databaseUrl: variables.DATABASE_URL ?? null,
    serverUrl: variables.SCRUM4ME_URL ?? (variables.DATABASE_URL ? null : (main.url ?? null)),
    listen: {
      host: variables.SCRUM4ME_HOST ?? '127.0.0.1',
      port: variables.SCRUM4ME_PORT ?? DEFAULT_PORT,
      publicUrl: variables.SCRUM4ME_URL ?? null,
    },
    token: variables.SCRUM4ME_TOKEN ?? main.token ?? null,
    personToken: variables.SCRUM4ME_TOKEN ?? main.personToken ?? null,
    dataDir: variables.SCRUM4ME_DATA_DIR ?? join(env.XDG_DATA_HOME || join(homeDir, '.local', 'share'), 'scrum4me'),
    worktreesDir: variables.SCRUM4ME_AGENT_WORKTREE_DIR ?? join(homeDir, '.scrum4me-agent-worktrees'),
    homeDir,
    leaseSeconds: variables.SCRUM4ME_LEASE_SECONDS ?? null,
    minFreeBytes: variables.SCRUM4ME_MIN_FREE_DISK ?? null,
    keepRescuesDays: variables.SCRUM4ME_KEEP_RESCUES_DAYS ?? null,
    maxWaitSeconds: variables.SCRUM4ME_MAX_WAIT_SECONDS ?? null,
    logLevel: variables.SCRUM4ME_LOG_LEVEL ?? 'warn',
    repoRoots: agent.repoRoots,
    allowOrigin: agent.allowOrigin,
    overrides: { models: agent.models, kinds: agent.kinds },
  }
}

/** An empty variable counts as one that is not set. */
function readVariables(env: Environment): z.infer<typeof Variables> {
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''))
  const parsed = Variables.safeParse(set)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new AppError(
    'CONFIG_INVALID',
    `The environment variable ${issue?.path.join('.')} is not valid: ${issue?.message}.`,
    { hint: 'Correct the variable, or unset it.' },
  )
}
