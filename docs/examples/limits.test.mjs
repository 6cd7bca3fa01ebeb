// With a mock that runs: MOCK_URL=http://127.0.0.1:4010 node --test limits.test.mjs
import assert from "node:assert/strict"
import { randomUUID } from "node:crypto"
import { after, beforeEach, test } from "node:test"

const mock = process.env.MOCK_URL ?? "http://127.0.0.1:4010"
const session = randomUUID()
const key = process.env.GOVERNANCE_API_KEY ?? "mock-development-key"

async function api(method, path, body) {
    const headers = { Authorization: `Bearer ${key}`, "Content-Type": "application/json", "X-Mock-Session": session }
    const answer = await fetch(`${mock}/api/governance${path}`, { method, headers, body: JSON.stringify(body) })
    return { status: answer.status, body: await answer.json() }
}

async function control(method, path, body) {
    const headers = { "Content-Type": "application/json", "X-Mock-Session": session }
    const answer = await fetch(`${mock}/__admin${path}`, { method, headers, body: JSON.stringify(body) })
    assert.ok(answer.ok, `${method} ${path}: ${answer.status}`)
    return answer.json()
}

beforeEach(() => control("POST", "/scenarios/empty"))
after(() => control("DELETE", `/sessions/${session}`))

test("two budgets of one duration are refused", async () => {
    const budgets = [{ max_limit: 10, reset_duration: "1d" }, { max_limit: 20, reset_duration: "1d" }]
    const { status, body } = await api("POST", "/model-configs", { model_name: "gpt-4o", budgets })
    assert.equal(status, 400)
    assert.equal(body.extra_fields.violations[0].rule, "BUD-01")
})

test("usage returns to 0 when the window ends", async () => {
    const budgets = [{ max_limit: 10, reset_duration: "1d" }]
    const { body } = await api("POST", "/model-configs", { model_name: "gpt-4o", budgets })
    const id = body.model_config.id
    await control("POST", "/spend", { model_config_id: id, cost: 4 })
    const usage = async () => (await api("GET", `/model-configs/${id}`)).body.model_config.budgets[0].current_usage
    assert.equal(await usage(), 4)
    await control("PUT", "/clock", { action: "advance", duration: "1d" })
    assert.equal(await usage(), 0)
})
