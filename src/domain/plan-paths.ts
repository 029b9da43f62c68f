const BACKTICKED = /`([^`\n]+)`/g
/** Blanks alone, because `\s` would run on over empty lines, and again from each of them. */
const BULLET = /^[ \t]*(?:[-*+]|\d+[.)])[ \t]+(?:\[[ xX]\][ \t]+)?["']?([^\s"'`:,;()]+)/gm
const NESTED = /^(?:[^\s/]+\/)+[^\s/]*$/
/** Of names that begin with a dot the well-known ones: `.env` is a file, `.map` a method and `.js` an ending. */
const BARE_NAME =
  /^(?:Makefile|Dockerfile|Procfile|LICENSE|README|CHANGELOG|\.(?:env|[a-z]+rc|[a-z]+ignore|git[a-z]+|editorconfig|[a-z]+-versions?)(?:\.[\w.-]+)?)$/
/** Without a folder, `console.log` and `hello.js` differ by their ending alone. */
const BARE_FILE = new RegExp(
  `^[\\w@+.-]+\\.(?:${[
    'ts|tsx|mts|cts|js|jsx|mjs|cjs|json|jsonc|vue|svelte|astro|css|scss|sass|less|html?|svg|png|jpe?g|gif|ico|webp',
    'md|mdx|txt|rst|adoc|ya?ml|toml|ini|cfg|conf|lock|xml|csv|tsv|sql|prisma|graphql|gql|proto|tf|nix|gradle',
    'py|pyi|rb|go|rs|java|kts?|scala|clj|c|h|cc|cpp|hpp|cs|fs|php|swift|dart|zig|exs?|erl|hs|ml|lua|pl|r|sh|bash|ps1|bat',
  ].join('|')})$`,
)

/** The paths a plan names: back-ticked tokens and bulleted file names, once each, in order, without a leading `./`. */
export function pathsInPlan(plan: string): string[] {
  const found = [
    ...[...plan.matchAll(BACKTICKED)].map(match => ({ match, isPath: isTickedPath })),
    ...[...plan.matchAll(BULLET)].map(match => ({ match, isPath: isFileName })),
  ].sort((a, b) => a.match.index - b.match.index)
  const paths = found.flatMap(({ match, isPath }) => {
    const token = withoutLocation(match[1] ?? '')
    return staysInside(token) && isPath(token) ? [token] : []
  })
  return [...new Set(paths)]
}

/** `./src/a.ts:12` names `src/a.ts`; a sentence's full stop is not part of a name. */
function withoutLocation(token: string): string {
  return token
    .trim()
    .replace(/^\.\//, '')
    .replace(/(?::\d+(?:-\d+)?)+$/, '')
    .replace(/\.$/, '')
}

function staysInside(token: string): boolean {
  return !(token.startsWith('/') || token.includes('://') || token.split('/').includes('..'))
}

/** In back-ticks folders count too, but `@scope/package` is a package. */
function isTickedPath(token: string): boolean {
  return isFileName(token) || (NESTED.test(token) && !token.startsWith('@'))
}

/** At the start of a bullet a slash alone proves nothing: "and/or" is prose. */
function isFileName(token: string): boolean {
  const name = token.slice(token.lastIndexOf('/') + 1)
  return !/\s/.test(token) && (BARE_FILE.test(name) || BARE_NAME.test(name))
}
