import { readFile } from 'node:fs/promises'
import type { Cluster } from './cluster.ts'

export const DATABASE_USER = 'scrum4me'
export const DATABASE_NAME = 'scrum4me'

/** The address of our database on a running server; libpq and pg both let `host` override `localhost`. */
export async function databaseUrlOf(cluster: Cluster, server: { socketFolder: string; port: number }): Promise<string> {
  const password = await readFile(cluster.passwordFile, 'utf8')
  return `postgresql://${DATABASE_USER}:${password}@localhost/${DATABASE_NAME}?host=${server.socketFolder}&port=${server.port}`
}

/** The address of another database on the same server. */
export function onDatabase(databaseUrl: string, name: string): string {
  const url = new URL(databaseUrl)
  url.pathname = `/${name}`
  return url.href
}
