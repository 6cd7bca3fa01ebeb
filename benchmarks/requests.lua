-- What wrk sends. Usage: wrk -s requests.lua URL -- CASE PATH LIST_QUERY TAG [ID...]
-- Prints one line of JSON; times are in microseconds.

local headers = { ["Authorization"] = "Bearer mock-development-key", ["Content-Type"] = "application/json" }
local path, query, tag, ids, count, created

local valid = [[{"model_name": "%s", "provider": "openai", "budgets": [{"max_limit": 25, "reset_duration": "1d"},
 {"max_limit": 400, "reset_duration": "1M"}], "rate_limit": {"token_max_limit": 100000, "token_reset_duration": "1h"}}]]
local update = [[{"budgets": [{"max_limit": %d, "reset_duration": "1d"}, {"max_limit": 400, "reset_duration": "1M"}]}]]
local refused = [[{"model_name": "", "budgets": [{"max_limit": -1, "reset_duration": "1x"}]}]]

local function next_id() return path .. "/" .. ids[count % #ids + 1] end
local function create() return wrk.format("POST", path, headers, valid:format(tag .. "-" .. count)) end

local cases = {
  ["get"] = function() return wrk.format("GET", next_id(), headers) end,
  ["list"] = function() return wrk.format("GET", path .. "?" .. query, headers) end,
  ["create"] = create,
  ["refused"] = function() return wrk.format("POST", path, headers, refused) end,
  ["update"] = function() return wrk.format("PUT", next_id(), headers, update:format(count % 100 + 1)) end,
  ["create and delete"] = function()
    local id = table.remove(created)
    if id then return wrk.format("DELETE", path .. "/" .. id, headers) end
    return create()
  end,
}

function init(args)
  path, query, tag, ids, count, created = args[2], args[3], args[4], {}, 0, {}
  for index = 5, #args do ids[#ids + 1] = args[index] end
  local chosen = cases[args[1]]
  request = function() count = count + 1; return chosen() end
  if args[1] == "create and delete" then
    local known = {}
    response = function(_, _, body)
      local id = body:match('"id"%s*:%s*"?([^",}]+)', body:find('"model_config"', 1, true) or 1)
      if id and not known[id] then
        known[id] = true -- some servers answer a DELETE with what is gone
        created[#created + 1] = id
      end
    end
  end
end

function done(summary, latency, _)
  local errors = summary.errors
  io.write(string.format(
    '{"requests": %d, "microseconds": %d, "p50": %d, "p99": %d, "longest": %d, "refusals": %d, "broken": %d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), latency.max, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout))
end
