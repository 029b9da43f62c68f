export type Environment = Readonly<Record<string, string | undefined>>

/**
 * What a repository's own commands see of this machine: everything but our tokens, the database, the forges' tokens,
 * what would point git at another repository, and what npm tells the scripts of the package that started us.
 */
export function commandEnvironment(inherited: Environment): Record<string, string> {
  return Object.fromEntries(
    Object.entries(inherited).filter(
      (entry): entry is [string, string] => entry[1] !== undefined && !HIDDEN.test(entry[0]),
    ),
  )
}

const HIDDEN = new RegExp(
  [
    '^SCRUM4ME_',
    '^DATABASE_URL$',
    '^PG[A-Z]+$',
    '^(?:GITHUB|GH|GITLAB|GL|FORGEJO|GITEA|CODEBERG)_(?:[A-Z_]+_)?(?:TOKEN|PAT)$',
    '^GIT_(?!SSH|SSL|HTTP|PROXY|CONFIG|AUTHOR|COMMITTER|EXEC_PATH)',
    '^npm_(?:lifecycle_|package_|command$|config_local_prefix$)|^INIT_CWD$',
  ].join('|'),
)
