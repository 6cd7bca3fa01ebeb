/**
 * Reads and writes JSON without rounding integers. `JSON.parse` turns every number into a double, so a limit of
 * 9223372036854775807 would come back as 9223372036854775808.
 */

// A body of the API has four levels; the rest is room for fields that the API does not know.
const MAXIMUM_DEPTH = 100;
const WHITE_SPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const LITERAL = /true|false|null/y;
const STRING = /"[^"\\\u0000-\u001f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\u0000-\u001f]*)*"/y;
const LITERALS = { true: true, false: false, null: null };

/** A JSON number as it was written. */
export class JsonNumber {
  constructor(text) {
    this.text = text;
  }

  toDouble() {
    return Number(this.text);
  }

  /** Whether the number has neither a fraction nor an exponent. */
  isPlainInteger() {
    return /^-?\d+$/.test(this.text);
  }

  /**
   * Returns the value as BigInt, or null where the number is not an integer; `1.0` and `1e3` are integers. Exact
   * within int64; beyond 10^20 times the digits it only says that the number is larger.
   */
  toInteger() {
    const [mantissa, exponent = '0'] = this.text.toLowerCase().split('e');
    const [whole, fraction = ''] = mantissa.split('.');
    const digits = whole + fraction.replace(/0+$/, '');
    const shift = Number(exponent) - (digits.length - whole.length);
    if (/^-?0*$/.test(digits)) return 0n;
    // 10^20 is beyond int64 already; larger powers would only cost memory.
    if (shift >= 0) return BigInt(digits) * 10n ** BigInt(Math.min(shift, 20));
    const kept = digits.slice(0, shift);
    return /^-?\d+$/.test(kept) && /^0*$/.test(digits.slice(shift)) ? BigInt(kept) : null;
  }
}

export class JsonSyntaxError extends Error {}

/**
 * Returns the value that `text` describes: objects without a prototype, and each number as `JsonNumber`.
 * Throws `JsonSyntaxError`.
 */
export function readJson(text, { allowDuplicateKeys }) {
  let position = 0;

  function fail(expected) {
    throw new JsonSyntaxError(`the body is not valid JSON: expected ${expected} at character ${position}`);
  }

  function match(pattern) {
    pattern.lastIndex = position;
    const found = pattern.exec(text);
    if (found === null) return null;
    position = pattern.lastIndex;
    return found[0];
  }

  function skip(character) {
    match(WHITE_SPACE);
    if (text[position] !== character) return false;
    position += 1;
    return true;
  }

  function readString() {
    match(WHITE_SPACE);
    const token = match(STRING);
    return token === null ? fail('a string') : JSON.parse(token);
  }

  function readObject(depth) {
    const object = Object.create(null);
    if (skip('}')) return object;
    do {
      const key = readString();
      if (!allowDuplicateKeys && key in object) {
        throw new JsonSyntaxError(`the key ${JSON.stringify(key)} stands twice in one object`);
      }
      if (!skip(':')) fail("':'");
      object[key] = readValue(depth + 1);
    } while (skip(','));
    return skip('}') ? object : fail("',' or '}'");
  }

  function readArray(depth) {
    const array = [];
    if (skip(']')) return array;
    do array.push(readValue(depth + 1));
    while (skip(','));
    return skip(']') ? array : fail("',' or ']'");
  }

  function readValue(depth) {
    if (depth > MAXIMUM_DEPTH) throw new JsonSyntaxError(`the body has more than ${MAXIMUM_DEPTH} levels`);
    if (skip('{')) return readObject(depth);
    if (skip('[')) return readArray(depth);
    if (text[position] === '"') return readString();
    const number = match(NUMBER);
    if (number !== null) return new JsonNumber(number);
    const literal = match(LITERAL);
    return literal === null ? fail('a value') : LITERALS[literal];
  }

  const value = readValue(1);
  match(WHITE_SPACE);
  return position === text.length ? value : fail('the end');
}

/** Returns `value` as JSON: a BigInt becomes an integer, a field that is undefined is left out. */
export function writeJson(value) {
  if (typeof value === 'bigint') return value.toString();
  if (Array.isArray(value)) return `[${value.map(writeJson).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  return `{${fields.map(([name, field]) => `${JSON.stringify(name)}:${writeJson(field)}`).join(',')}}`;
}
