/** Turns stored configs into the objects that responses show. */
import { measureDuration } from './durations.mjs';

const OPTIONAL_BUDGET_FIELDS = ['config_hash', 'calendar_aligned', 'team_id', 'virtual_key_id', 'provider_config_id'];

export function createSerializer(style, { virtualKeys, users }) {
  const absent = style.leavesOutEmptyFields ? undefined : null;

  function resolveScopeName({ scope, scope_id }) {
    const targets = { virtual_key: virtualKeys, user: users };
    return targets[scope]?.get(scope_id)?.name;
  }

  function serializeBudget(budget) {
    const optional = OPTIONAL_BUDGET_FIELDS.map((name) => [name, absent]);
    return {
      ...Object.fromEntries(optional),
      ...budget,
      last_reset: style.formatTime(budget.last_reset),
      created_at: style.formatTime(budget.created_at),
      updated_at: style.formatTime(budget.updated_at),
    };
  }

  function serializeRateLimit(rateLimit) {
    return {
      token_max_limit: absent,
      token_reset_duration: absent,
      request_max_limit: absent,
      request_reset_duration: absent,
      ...rateLimit,
      token_last_reset: style.formatTime(rateLimit.token_last_reset),
      request_last_reset: style.formatTime(rateLimit.request_last_reset),
      created_at: style.formatTime(rateLimit.created_at),
      updated_at: style.formatTime(rateLimit.updated_at),
    };
  }

  function serializeBudgets(budgets) {
    if (budgets.length === 0) return style.leavesOutEmptyFields ? [] : null;
    const shown = budgets.map(serializeBudget);
    if (!style.sortsBudgets) return shown;
    return shown.sort((one, two) => measureDuration(one.reset_duration) - measureDuration(two.reset_duration));
  }

  return function serializeConfig(config) {
    const budgets = serializeBudgets(config.budgets);
    return {
      id: config.id,
      model_name: config.model_name,
      provider: config.provider ?? absent,
      scope: config.scope,
      scope_id: config.scope_id ?? absent,
      scope_name: resolveScopeName(config) ?? absent,
      calendar_aligned: false,
      budgets,
      budget: style.sendsBudgetMirror ? (budgets?.[0] ?? absent) : undefined,
      rate_limit: config.rate_limit ? serializeRateLimit(config.rate_limit) : absent,
      created_at: style.formatTime(config.created_at),
      updated_at: style.formatTime(config.updated_at),
      ...(style.sendsExtras && { etag: `"${config.id}-${config.updated_at}"`, links: { scope: config.scope_id } }),
    };
  };
}
