/** Model configs in memory. No method awaits, so each one is atomic. */
import { randomUUID } from 'node:crypto';
import { identifyWindow, moveReset } from './durations.mjs';
import { HttpError, notFound } from './errors.mjs';

const identify = ({ scope, scope_id, model_name, provider }) => JSON.stringify([scope, scope_id, model_name, provider]);

export class ModelConfigStore {
  #configs = new Map(); // by id, oldest first
  #idsByIdentity = new Map();
  #lastNumber = 0;

  constructor(style, now = Date.now) {
    this.style = style;
    this.now = now;
  }

  create(request) {
    const now = this.now();
    const identity = identify(request);
    this.#requireFree(identity);
    const config = {
      ...request,
      id: this.#createId('mc'),
      budgets: request.budgets.map((budget) => this.#createBudget(budget, now)),
      rate_limit: request.rate_limit && this.#createRateLimit(request.rate_limit, now),
      created_at: now,
      updated_at: now,
    };
    this.#configs.set(config.id, config);
    this.#idsByIdentity.set(identity, config.id);
    return config;
  }

  get(id) {
    const config = this.#configs.get(id);
    if (config === undefined) throw notFound('there is no model config with this id');
    this.#resetPassedWindows(config);
    return config;
  }

  /** Returns all configs, oldest first. */
  list() {
    return [...this.#configs.keys()].map((id) => this.get(id));
  }

  update(id, changes) {
    const config = this.get(id);
    const now = Math.max(this.now(), config.updated_at + this.style.timeStep);
    const [before, after] = [identify(config), identify({ ...config, ...changes })];
    if (before !== after) this.#requireFree(after);
    if (changes.budgets) changes = { ...changes, budgets: this.#mergeBudgets(config.budgets, changes.budgets, now) };
    if (changes.rate_limit) changes = { ...changes, rate_limit: this.#replaceRateLimit(config.rate_limit, changes.rate_limit, now) };
    this.#idsByIdentity.delete(before);
    this.#idsByIdentity.set(after, id);
    Object.assign(config, changes, { updated_at: now });
    return config;
  }

  delete(id) {
    const config = this.get(id);
    this.#configs.delete(id);
    this.#idsByIdentity.delete(identify(config));
  }

  #requireFree(identity) {
    if (!this.#idsByIdentity.has(identity)) return;
    throw new HttpError(
      this.style.statusOfTakenIdentity,
      'another model config has the same scope, scope_id, model_name and provider',
    );
  }

  #createId(kind) {
    this.#lastNumber += 1;
    return this.style.hasEscapedIds ? `${kind}:${this.#lastNumber}/50%` : randomUUID();
  }

  #createBudget({ max_limit, reset_duration }, now) {
    return {
      id: this.style.hasEscapedIds ? this.#createId('budget') : randomUUID(),
      max_limit,
      reset_duration,
      last_reset: now,
      current_usage: 0,
      created_at: now,
      updated_at: now,
    };
  }

  #createRateLimit(limits, now) {
    return {
      id: this.#createId('rate-limit'),
      ...limits,
      token_current_usage: 0,
      token_last_reset: now,
      request_current_usage: 0,
      request_last_reset: now,
      created_at: now,
      updated_at: now,
    };
  }

  #replaceRateLimit(present, limits, now) {
    const replacement = this.#createRateLimit(limits, now);
    if (present === null || !this.style.keepsRateLimitId) return replacement;
    return { ...replacement, id: present.id, created_at: present.created_at };
  }

  /** Continues the budgets that have the id of an entry, else its window; all others are new. */
  #mergeBudgets(present, entries, now) {
    const remaining = new Set(present);
    const take = (isSame) => {
      const found = [...remaining].find(isSame);
      remaining.delete(found);
      return found;
    };
    // Ids first, so that a window never takes a budget away from the entry that names it.
    const byId = entries.map((entry) => take((budget) => budget.id === entry.id));
    return entries.map((entry, index) => {
      const window = identifyWindow(entry.reset_duration, this.style);
      const budget = byId[index] ?? take((other) => identifyWindow(other.reset_duration, this.style) === window);
      if (budget === undefined) return this.#createBudget(entry, now);
      return { ...budget, max_limit: entry.max_limit, reset_duration: entry.reset_duration, updated_at: now };
    });
  }

  #resetPassedWindows(config) {
    const now = this.now();
    for (const budget of config.budgets) {
      this.#resetWindow(budget, { since: 'last_reset', usage: 'current_usage', duration: budget.reset_duration }, now);
    }
    for (const metric of config.rate_limit ? ['token', 'request'] : []) {
      const duration = config.rate_limit[`${metric}_reset_duration`];
      const names = { since: `${metric}_last_reset`, usage: `${metric}_current_usage`, duration };
      if (duration !== undefined) this.#resetWindow(config.rate_limit, names, now);
    }
  }

  #resetWindow(owner, { since, usage, duration }, now) {
    const reset = moveReset(owner[since], duration, now, this.style);
    if (reset !== owner[since]) Object.assign(owner, { [since]: reset, [usage]: 0 });
  }
}
