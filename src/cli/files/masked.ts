import { redactUrls } from '../../domain/repository-url.ts'

/** A piece of a configuration file as it may be shown: without tokens, passwords and what looks like one. */
export function masked(text: string): string {
  return redactUrls(text)
    .replace(SECRET_MEMBER, '$1…$2')
    .replace(/\bs4m_[\w-]+/g, 's4m_…')
}

const SECRET_NAME = String.raw`[\w-]*(?:token|secret|password|passwd|api_?key|authorization)[\w-]*`
/** `"API_KEY": "…"` of JSON and `API_KEY = "…"` of TOML, but for a reference to a variable. */
const SECRET_MEMBER = new RegExp(
  String.raw`("?${SECRET_NAME}"?\s*[:=]\s*")(?!(?:Bearer )?\$\{)(?:[^"\\]|\\.)*(")`,
  'gi',
)
