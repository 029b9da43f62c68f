import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readMember, removeMember, setMember } from '../../src/cli/files/json-text.ts'
import { applyChange } from '../../src/cli/files/text-change.ts'

const PATH = ['mcpServers', 'scrum4me']
const VALUE = { command: 'node', args: ['main.js', 'mcp'] }

function set(text: string, path: readonly string[] = PATH, value: unknown = VALUE): string {
  const change = setMember(text, path, value)
  return change ? applyChange(text, change) : text
}

describe('a member is set', () => {
  test.each([
    ['in an empty object', '{}', '{\n  "mcpServers": {\n    "scrum4me": 1\n  }\n}'],
    ['in a file of spaces', '{ \n }\n', '{\n  "mcpServers": {\n    "scrum4me": 1\n  }\n}\n'],
    [
      'after others, with their indentation',
      '{\n\t"a": [1, "}"],\n\t"mcpServers": {\n\t\t"x": {}\n\t},\n\t"10": 1e3\n}\n',
      '{\n\t"a": [1, "}"],\n\t"mcpServers": {\n\t\t"x": {},\n\t\t"scrum4me": 1\n\t},\n\t"10": 1e3\n}\n',
    ],
    ['in an object of one line', '{"b":2,"mcpServers":{"x":{}}}', '{"b":2,"mcpServers":{"x":{}, "scrum4me": 1}}'],
    [
      'with the line ends that are there',
      '{\r\n  "a": 1\r\n}',
      '{\r\n  "a": 1,\r\n  "mcpServers": {\r\n    "scrum4me": 1\r\n  }\r\n}',
    ],
    [
      'in place of another value',
      '{"mcpServers": {"scrum4me": [1, 2], "y": 1}}',
      '{"mcpServers": {"scrum4me": 1, "y": 1}}',
    ],
    [
      'in the last of two members of one name',
      '{"mcpServers": 1, "mcpServers": {"scrum4me": 0}}',
      '{"mcpServers": 1, "mcpServers": {"scrum4me": 1}}',
    ],
  ])('%s', (_, before, after) => {
    expect(set(before, PATH, 1)).toBe(after)
    expect(setMember(after, PATH, 1)).toBeNull()
  })

  test('and every other value of any JSON object stays, in its order; taking it away again leaves them, too', () => {
    const objects = fc.dictionary(fc.string(), fc.jsonValue())
    fc.assert(
      fc.property(objects, objects, fc.constantFrom(undefined, 2, '\t'), (outer, inner, indent) => {
        const text = JSON.stringify({ ...outer, mcpServers: inner }, null, indent)
        const expected = { ...JSON.parse(text), mcpServers: { ...JSON.parse(text).mcpServers, scrum4me: VALUE } }
        const after = set(text)
        expect(JSON.stringify(JSON.parse(after))).toBe(JSON.stringify(expected))
        expect(readMember(after, PATH)).toEqual(VALUE)
        const change = removeMember(after, PATH)
        const without = JSON.parse(change ? applyChange(after, change) : '')
        const { scrum4me: _, ...rest } = inner
        expect(JSON.stringify(without.mcpServers)).toBe(JSON.stringify(JSON.parse(JSON.stringify(rest))))
      }),
    )
  })
})

test.each([
  ['the only one', '{"a": {"b": 1}}', '{"a": {}}'],
  ['the first', '{\n  "a": {\n    "b": 1,\n    "c": 2\n  }\n}', '{\n  "a": {\n    "c": 2\n  }\n}'],
  ['the last', '{\n  "a": {\n    "c": 2,\n    "b": 1\n  }\n}', '{\n  "a": {\n    "c": 2\n  }\n}'],
])('a member is taken away, be it %s', (_, before, after) => {
  const change = removeMember(before, ['a', 'b'])
  expect(change && applyChange(before, change)).toBe(after)
  expect(removeMember(after, ['a', 'b'])).toBeNull()
})

test.each(['[]', '{"mcpServers": []}', '{"a": 1} // note', '', '\ufeff{}', '{"a": 1,}'])(
  'what is no JSON, or has no object where one belongs, is refused: %j',
  text => expect(() => setMember(text, PATH, 1)).toThrow(SyntaxError),
)
