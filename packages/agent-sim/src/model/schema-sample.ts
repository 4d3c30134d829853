import { isRecord } from '../json.ts'

const depthMax = 8

/** A value that fits a JSON schema, for programs that demand an answer of a certain shape. */
export function sampleOf(schema: unknown, depth: number = 0): unknown {
  if (!isRecord(schema) || depth > depthMax) return 'simulated'
  if ('const' in schema) return schema['const']
  const choices = schema['enum']
  if (Array.isArray(choices) && choices.length > 0) return choices[0]
  switch (String(schema['type']).toLowerCase()) {
    case 'object': {
      const properties = isRecord(schema['properties']) ? schema['properties'] : {}
      const samples = Object.entries(properties).map(([name, inner]) => [name, sampleOf(inner, depth + 1)])
      return Object.fromEntries(samples)
    }
    case 'array':
      return []
    case 'integer':
    case 'number':
      return numberOf(schema['minimum'])
    case 'boolean':
      return false
    default:
      return 'simulated'
  }
}

function numberOf(minimum: unknown): number {
  return typeof minimum === 'number' ? minimum : 1
}
