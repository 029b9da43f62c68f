/** The demo's work: one task that is sent to an agent by itself, and a sprint of three. */
export const SINGLE_TASK = {
  title: 'Greet politely',
  file: 'greet.js',
  content: `export function greet(name) {\n  return 'Good day, ' + name + '!'\n}\n`,
}
export const SPRINT_TASKS = [
  {
    title: 'Say farewell',
    file: 'farewell.js',
    content: `export function farewell(name) {\n  return 'Goodbye, ' + name + '!'\n}\n`,
  },
  {
    title: 'Offer both from one place',
    file: 'index.js',
    content: `export { farewell } from './farewell.js'\nexport { greet } from './greet.js'\n`,
  },
  {
    title: 'Say how to use it',
    file: 'README.md',
    content: `# Greeter\n\nimport { greet, farewell } from './index.js'\n`,
  },
] as const

/** A plan that spells the file out, so that an agent without a mind can follow it. */
export function planFor({ file, content }: { file: string; content: string }): string {
  return `Write \`${file}\`:\n\n\`\`\`\n${content}\`\`\`\n`
}
