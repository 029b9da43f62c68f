// Who may import whom, as in ARCHITECTURE.md. A folder that no line names may import nothing of ours: a new layer is
// a new line. @swc/core reads the sources, because dependency-cruiser cannot read TypeScript 7 and would see nothing.
const CONTRACT = ['contract', 'domain', 'errors']

/** Each part of src/ with the parts it may import besides itself, types included: the parser cannot tell them apart. */
const LAYERS = [
  ['main', ['cli', 'config']],
  ['cli', ['server', 'host', 'config', 'parse-json-file', ...CONTRACT]],
  ['config', ['parse-json-file', ...CONTRACT]],
  ['parse-json-file', ['errors']],
  ['errors', []],
  ['process-identity', []],
  ['file-lock', ['process-identity']],
  ['process-group', []],
  ['domain', ['errors']],
  ['contract', ['domain']],
  ['server/open-server', ['server', ...CONTRACT]],
  ['server/store', ['domain', 'errors']],
  ['server/dispatcher', ['server/store', 'domain', 'errors']],
  ['server/postgres', ['file-lock', 'domain', 'errors']],
  ['server/backup', ['server/store', 'server/postgres', 'errors']],
  ['server/flows', ['server/store', 'server/dispatcher', 'domain', 'errors']],
  ['server/api', ['server/flows', 'server/store', ...CONTRACT]],
  ['server/http', ['server/api', 'contract', 'errors']],
  ['host/remote', CONTRACT],
  ['host/open-host', ['host', ...CONTRACT]],
  ['host/git', ['process-group', 'process-identity', 'file-lock', 'domain', 'errors']],
  ['host/commands', ['process-group', 'domain', 'errors']],
  ['host/kit', ['host/git', 'file-lock', ...CONTRACT]],
  ['host/forge', ['errors']],
  ['host/prompts', CONTRACT],
  ['host/flows', ['host/git', 'host/commands', 'host/kit', 'host/forge', 'host/prompts', 'file-lock', ...CONTRACT]],
  ['host/mcp', ['host/flows', 'host/prompts', ...CONTRACT]],
  ['host/agents', ['host/flows', 'host/prompts', ...CONTRACT]],
]

/** The files of a part, which is a folder or a single file. */
const filesOf = part => `^src/${part}(/|[.]ts$)`

const layerRules = LAYERS.map(([part, allowed]) => ({
  name: `layer-${part.replaceAll('/', '-')}`,
  comment: `${part} may import ${['itself', ...allowed].join(', ')}.`,
  severity: 'error',
  from: { path: filesOf(part) },
  to: { path: '^src/', pathNot: [part, ...allowed].map(filesOf) },
}))

/** A package that only some parts may import. */
const packageRule = (name, path, parts) => ({
  name,
  severity: 'error',
  from: { path: '^src/', pathNot: parts.map(filesOf) },
  to: { path },
})

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...layerRules,
    {
      name: 'layer-unknown',
      comment: 'Give the new part of src/ its line in LAYERS.',
      severity: 'error',
      from: { path: '^src/', pathNot: LAYERS.map(([part]) => filesOf(part)) },
      to: {},
    },
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-unresolved', severity: 'error', from: {}, to: { couldNotResolve: true } },
    packageRule('database-in-store-only', '(^|/)node_modules/(pg|drizzle-orm)/', [
      'server/store',
      'server/postgres',
      'server/dispatcher',
      'server/open-server',
    ]),
    packageRule('processes-in-few-places', '(^|/)node_modules/execa/|^(node:)?child_process$', [
      'host/git',
      'host/commands',
      'server/postgres',
      'cli',
    ]),
  ],
  options: {
    parser: 'swc',
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
    tsPreCompilationDeps: true,
  },
}
