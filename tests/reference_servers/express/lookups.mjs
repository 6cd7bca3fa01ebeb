/** The virtual keys, users, providers and models that model configs can be for. */

const plainVirtualKeys = [
  { id: 'vk-frontend', name: 'Frontend team', is_active: true, value: 'sk-bf-frontend-4f1c' },
  { id: 'vk-batch', name: 'Nightly batch jobs', is_active: true, value: 'sk-bf-batch-9d02' },
  { id: 'vk-research', name: 'Research', is_active: false, value: 'sk-bf-research-77ab' },
];
const plainUsers = [
  { id: 'user-ada', name: 'Ada Lovelace', email: 'ada@example.com' },
  { id: 'user-grace', name: 'Grace Hopper', email: 'grace@example.com' },
  { id: 'user-alan', name: 'Alan Turing', email: 'alan@example.com' },
];
const otherVirtualKeys = [
  { id: 'vk:1/eu', name: 'Vertrieb Köln' },
  { id: 'vk:2/eu', name: 'Support' },
  { id: 'vk:3/us', name: 'Search & ads' },
];
const otherUsers = [
  { id: '1001', name: 'Katherine Johnson' },
  { id: '1002', name: 'Edsger Dijkstra' },
  { id: '1003', name: 'Donald Knuth' },
];

export const providers = [{ name: 'openai' }, { name: 'anthropic' }];
export const models = [
  { name: 'gpt-4o', provider: 'openai' },
  { name: 'gpt-4o-mini', provider: 'openai' },
  { name: 'claude-sonnet-4', provider: 'anthropic' },
];

const indexById = (entries) => new Map(entries.map((entry) => [entry.id, entry]));

/** Returns virtual keys and users as Maps by id. */
export function createDirectory(style) {
  return {
    virtualKeys: indexById(style.hasEscapedIds ? otherVirtualKeys : plainVirtualKeys),
    users: indexById(style.hasEscapedIds ? otherUsers : plainUsers),
  };
}
