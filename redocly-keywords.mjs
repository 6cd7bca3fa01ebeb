// Teaches Redocly the one keyword of the document that is neither OpenAPI's nor an `x-` extension:
// `uniqueItemProperties`, under the name that ajv-keywords gives it.
export default function keywords() {
  return {
    id: 'keywords',
    typeExtension: {
      oas3(types) {
        return {
          ...types,
          Schema: {
            ...types.Schema,
            properties: {
              ...types.Schema.properties,
              uniqueItemProperties: { type: 'array', items: { type: 'string' } },
            },
          },
        };
      },
    },
  };
}
