package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/big"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// apiError is an error that the client learns of.
type apiError struct {
	status  int
	message string
}

func (e *apiError) Error() string { return e.message }

func reject(format string, args ...any) error {
	return &apiError{http.StatusBadRequest, fmt.Sprintf(format, args...)}
}

// configDraft is a valid create request.
type configDraft struct {
	modelName string
	provider  *string
	scope     string
	scopeID   *string
	budgets   []budgetDraft
	rateLimit *rateLimitDraft
}

// configChange is a valid update request; nil leaves a field unchanged.
type configChange struct {
	modelName *string
	provider  *string
	budgets   *[]budgetDraft
	rateLimit *rateLimitDraft
}

type budgetDraft struct {
	id       *string
	maxLimit float64
	window   window
}

type metricDraft struct {
	maxLimit *int64
	window   *window
}

type rateLimitDraft struct {
	tokens, requests metricDraft
}

func (d rateLimitDraft) isEmpty() bool {
	return d == rateLimitDraft{}
}

var scopes = []string{"global", "virtual_key", "user"}

func (s style) parseCreate(body []byte) (configDraft, error) {
	var draft configDraft
	fields, err := s.parseBody(body, "model_name", "provider", "scope", "scope_id", "budgets", "rate_limit")
	if err != nil {
		return draft, err
	}
	modelName, err := s.parseModelName(fields)
	if err != nil {
		return draft, err
	}
	if modelName == nil {
		return draft, reject("model_name is required")
	}
	draft.modelName = *modelName
	if draft.provider, err = s.parseProvider(fields); err != nil {
		return draft, err
	}
	if draft.scope, draft.scopeID, err = s.parseScope(fields); err != nil {
		return draft, err
	}
	budgets, err := s.parseBudgets(fields, "max_limit", "reset_duration")
	if err != nil {
		return draft, err
	}
	if budgets != nil {
		draft.budgets = *budgets
	}
	if draft.rateLimit, err = s.parseRateLimit(fields); err != nil {
		return draft, err
	}
	if draft.rateLimit != nil && draft.rateLimit.isEmpty() && !s.keepEmptyRateLimit {
		draft.rateLimit = nil
	}
	return draft, nil
}

func (s style) parseUpdate(body []byte) (configChange, error) {
	var change configChange
	fields, err := s.parseBody(body, "model_name", "provider", "budgets", "rate_limit")
	if err != nil {
		return change, err
	}
	if change.modelName, err = s.parseModelName(fields); err != nil {
		return change, err
	}
	if change.provider, err = s.parseProvider(fields); err != nil {
		return change, err
	}
	if change.budgets, err = s.parseBudgets(fields, "id", "max_limit", "reset_duration"); err != nil {
		return change, err
	}
	change.rateLimit, err = s.parseRateLimit(fields)
	return change, err
}

func (s style) parseModelName(fields jsonObject) (*string, error) {
	name, err := s.parseName(fields, "model_name")
	if err != nil || name == nil {
		return nil, err
	}
	if strings.TrimSpace(*name) == "" {
		return nil, reject("model_name must not be empty or only white space")
	}
	return name, nil
}

func (s style) parseProvider(fields jsonObject) (*string, error) {
	provider, err := s.parseName(fields, "provider")
	if err != nil {
		return nil, err
	}
	if s.rejectEmptyProvider && provider != nil && *provider == "" {
		return nil, reject("provider must not be empty; leave it out for all providers")
	}
	return provider, nil
}

func (s style) parseScope(fields jsonObject) (string, *string, error) {
	scope := "global"
	sent, err := s.parseString(fields, "scope")
	if err != nil {
		return "", nil, err
	}
	if sent != nil {
		scope = *sent
	}
	if !slices.Contains(scopes, scope) {
		return "", nil, reject("scope must be one of %s", strings.Join(scopes, ", "))
	}
	scopeID, err := s.parseName(fields, "scope_id")
	if err != nil {
		return "", nil, err
	}
	if scope == "global" {
		if scopeID != nil && s.rejectGlobalScopeID {
			return "", nil, reject("scope_id must not be sent with scope global")
		}
		return scope, nil, nil
	}
	if scopeID == nil || *scopeID == "" {
		return "", nil, reject("scope_id is required when scope is %s", scope)
	}
	if scope == "virtual_key" && findVirtualKey(*scopeID) == nil {
		return "", nil, &apiError{s.unknownKeyStatus, "scope_id must be the id of a virtual key that exists"}
	}
	return scope, scopeID, nil
}

// parseBudgets returns nil where the field is absent.
func (s style) parseBudgets(fields jsonObject, known ...string) (*[]budgetDraft, error) {
	raw, err := s.findField(fields, "budgets")
	if err != nil || raw == nil {
		return nil, err
	}
	var items []json.RawMessage
	if kindOf(raw) != "array" || json.Unmarshal(raw, &items) != nil {
		return nil, reject("budgets must be an array, not %s", kindOf(raw))
	}
	budgets := make([]budgetDraft, 0, len(items))
	windows := make(map[string]bool)
	for i, item := range items {
		draft, err := s.parseBudget(item, known)
		if err != nil {
			return nil, prefix(fmt.Sprintf("budgets[%d]", i), err)
		}
		key := draft.window.text
		if s.compareLengths {
			// The strict form of this style fits into int64, but not every length fits exactly into a double.
			key = strconv.FormatInt(strictSeconds(draft.window.text), 10)
		}
		if windows[key] {
			return nil, reject("budgets[%d].reset_duration must differ from that of every other budget", i)
		}
		windows[key] = true
		budgets = append(budgets, draft)
	}
	return &budgets, nil
}

func (s style) parseBudget(raw json.RawMessage, known []string) (budgetDraft, error) {
	var draft budgetDraft
	fields, err := s.parseObject(raw, known...)
	if err != nil {
		return draft, err
	}
	if slices.Contains(known, "id") {
		if draft.id, err = s.parseString(fields, "id"); err != nil {
			return draft, err
		}
	}
	if draft.maxLimit, err = parseMaxLimit(fields["max_limit"]); err != nil {
		return draft, err
	}
	length, err := s.parseDuration(fields, "reset_duration")
	if err != nil {
		return draft, err
	}
	if length == nil {
		return draft, reject("reset_duration is required")
	}
	draft.window = *length
	return draft, nil
}

func parseMaxLimit(raw json.RawMessage) (float64, error) {
	if raw == nil || isNull(raw) {
		return 0, reject("max_limit is required")
	}
	if kindOf(raw) != "number" {
		return 0, reject("max_limit must be a number, not %s", kindOf(raw))
	}
	limit, err := strconv.ParseFloat(string(raw), 64)
	if err != nil {
		return 0, reject("max_limit is too large")
	}
	if limit <= 0 {
		return 0, reject("max_limit must be greater than 0")
	}
	return limit, nil
}

// parseRateLimit returns nil where the field is absent.
func (s style) parseRateLimit(fields jsonObject) (*rateLimitDraft, error) {
	raw, err := s.findField(fields, "rate_limit")
	if err != nil || raw == nil {
		return nil, err
	}
	members, err := s.parseObject(raw,
		"token_max_limit", "token_reset_duration", "request_max_limit", "request_reset_duration")
	if err != nil {
		return nil, prefix("rate_limit", err)
	}
	var draft rateLimitDraft
	if draft.tokens, err = s.parseMetric(members, "token"); err != nil {
		return nil, prefix("rate_limit", err)
	}
	if draft.requests, err = s.parseMetric(members, "request"); err != nil {
		return nil, prefix("rate_limit", err)
	}
	return &draft, nil
}

func (s style) parseMetric(fields jsonObject, name string) (metricDraft, error) {
	var draft metricDraft
	maxName, windowName := name+"_max_limit", name+"_reset_duration"
	raw, err := s.findField(fields, maxName)
	if err != nil {
		return draft, err
	}
	if raw != nil {
		limit, err := s.parseInteger(raw)
		if err != nil {
			return draft, prefix(maxName, err)
		}
		if limit <= 0 {
			return draft, reject("%s must be greater than 0", maxName)
		}
		draft.maxLimit = &limit
	}
	if draft.window, err = s.parseDuration(fields, windowName); err != nil {
		return draft, err
	}
	if draft.maxLimit != nil && draft.window == nil {
		return draft, reject("%s is required when %s is sent", windowName, maxName)
	}
	if draft.maxLimit == nil && s.dropUnlimitedWindows {
		draft.window = nil
	}
	return draft, nil
}

func (s style) parseInteger(raw json.RawMessage) (int64, error) {
	if kindOf(raw) != "number" {
		return 0, reject("must be an integer, not %s", kindOf(raw))
	}
	value, err := strconv.ParseInt(string(raw), 10, 64)
	switch {
	case err == nil:
		return value, nil
	case errors.Is(err, strconv.ErrRange):
		return 0, reject("must fit into 64 bits")
	case s.integerForms:
		return parseIntegerForm(string(raw))
	}
	return 0, reject("must be an integer")
}

var numberForm = regexp.MustCompile(`^-?[0-9]{1,30}(?:\.[0-9]{1,30})?(?:[eE][+-]?[0-9]{1,2})?$`)

// parseIntegerForm reads integers written as 1.0 or 1e3. It judges only short forms: a rational number with the
// exponent of 1e999999999 would not fit into memory.
func parseIntegerForm(text string) (int64, error) {
	if numberForm.MatchString(text) {
		if value, ok := new(big.Rat).SetString(text); ok && value.IsInt() && value.Num().IsInt64() {
			return value.Num().Int64(), nil
		}
	}
	return 0, reject("must be an integer")
}

const maxDurationLength = 64

var (
	strictDuration = regexp.MustCompile(`^([1-9][0-9]*)([smhdwMY])$`)
	goDuration     = regexp.MustCompile(`^\+?(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:ns|us|µs|μs|ms|[smhdwMY]))+$`)
	goDurationPart = regexp.MustCompile(`([0-9]+\.?[0-9]*|\.[0-9]+)(ns|us|µs|μs|ms|[smhdwMY])`)
)

const (
	minute = 60
	hour   = 60 * minute
	day    = 24 * hour
)

var unitSeconds = map[string]int64{
	"s": 1, "m": minute, "h": hour, "d": day, "w": 7 * day, "M": 30 * day, "Y": 365 * day,
}

var fractionSeconds = map[string]float64{"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3}

// parseDuration returns nil where the field is absent.
func (s style) parseDuration(fields jsonObject, name string) (*window, error) {
	text, err := s.parseString(fields, name)
	if err != nil || text == nil {
		return nil, err
	}
	invalid := reject("%s must be a positive whole number and one unit of s m h d w M Y", name)
	if len(*text) > maxDurationLength {
		return nil, invalid
	}
	if s.goDurations {
		if seconds := goSeconds(*text); seconds > 0 {
			return &window{*text, seconds}, nil
		}
		return nil, invalid
	}
	seconds := strictSeconds(*text)
	if seconds == 0 {
		return nil, invalid
	}
	return &window{*text, float64(seconds)}, nil
}

// strictSeconds returns the length of a whole number and one unit, or 0 if the text is none or too long for int64.
func strictSeconds(text string) int64 {
	parts := strictDuration.FindStringSubmatch(text)
	if parts == nil {
		return 0
	}
	count, err := strconv.ParseInt(parts[1], 10, 64)
	unit := unitSeconds[parts[2]]
	if err != nil || count > math.MaxInt64/unit {
		return 0
	}
	return count * unit
}

// goSeconds returns the length of a duration in the form of time.ParseDuration with longer units, or 0.
func goSeconds(text string) float64 {
	if !goDuration.MatchString(text) {
		return 0
	}
	var seconds float64
	for _, part := range goDurationPart.FindAllStringSubmatch(text, -1) {
		count, err := strconv.ParseFloat(part[1], 64)
		if err != nil {
			return 0
		}
		unit, ok := fractionSeconds[part[2]]
		if !ok {
			unit = float64(unitSeconds[part[2]])
		}
		seconds += count * unit
	}
	return seconds
}

// jsonObject holds the raw values of the fields that the API knows.
type jsonObject map[string]json.RawMessage

// parseBody reads the JSON object of a request.
func (s style) parseBody(body []byte, known ...string) (jsonObject, error) {
	// encoding/json replaces broken text instead of rejecting it, so the client would read back another name.
	if !utf8.Valid(body) {
		return nil, reject("the body is not valid UTF-8")
	}
	if !json.Valid(body) {
		return nil, reject("the body is not valid JSON")
	}
	if hasLoneSurrogate(body) {
		return nil, reject("the body contains half a surrogate pair")
	}
	fields, err := s.parseObject(bytes.TrimLeft(body, " \t\r\n"), known...)
	return fields, prefix("the body", err)
}

// parseObject reads a JSON object that is known to be valid JSON.
func (s style) parseObject(raw json.RawMessage, known ...string) (jsonObject, error) {
	if kindOf(raw) != "object" {
		return nil, reject("must be an object, not %s", kindOf(raw))
	}
	fields := make(jsonObject)
	decoder := json.NewDecoder(bytes.NewReader(raw))
	if _, err := decoder.Token(); err != nil {
		return nil, reject("is not valid JSON")
	}
	for decoder.More() {
		token, err := decoder.Token()
		if err != nil {
			return nil, reject("is not valid JSON")
		}
		name := token.(string)
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return nil, reject("is not valid JSON")
		}
		field := s.findName(known, name)
		if s.exactFields && field == "" {
			return nil, reject("has the unknown field %q", name)
		}
		if s.exactFields && fields[field] != nil {
			return nil, reject("has the field %q twice", name)
		}
		if field != "" {
			fields[field] = value
		}
	}
	return fields, nil
}

// findName returns the known name that the client means, or nothing.
func (s style) findName(known []string, name string) string {
	for _, candidate := range known {
		if candidate == name || !s.exactFields && strings.EqualFold(candidate, name) {
			return candidate
		}
	}
	return ""
}

// findField returns the value of an optional field, or nil where it counts as absent.
func (s style) findField(fields jsonObject, name string) (json.RawMessage, error) {
	raw := fields[name]
	if raw == nil || !isNull(raw) {
		return raw, nil
	}
	if s.rejectNull {
		return nil, reject("%s must not be null; leave it out instead", name)
	}
	return nil, nil
}

// parseString returns nil where the field is absent.
func (s style) parseString(fields jsonObject, name string) (*string, error) {
	raw, err := s.findField(fields, name)
	if err != nil || raw == nil {
		return nil, err
	}
	var text string
	if kindOf(raw) != "string" || json.Unmarshal(raw, &text) != nil {
		return nil, reject("%s must be a string, not %s", name, kindOf(raw))
	}
	return &text, nil
}

// parseName reads a string that the store keeps.
func (s style) parseName(fields jsonObject, name string) (*string, error) {
	text, err := s.parseString(fields, name)
	if err != nil || text == nil {
		return nil, err
	}
	if s.rejectNUL && strings.ContainsRune(*text, 0) {
		return nil, reject("%s must not contain U+0000", name)
	}
	if s.maxNameLength > 0 && utf8.RuneCountInString(*text) > s.maxNameLength {
		return nil, reject("%s must have at most %d characters", name, s.maxNameLength)
	}
	return text, nil
}

func isNull(raw json.RawMessage) bool { return string(raw) == "null" }

// kindOf names the JSON type of a valid JSON value.
func kindOf(raw json.RawMessage) string {
	switch raw[0] {
	case '"':
		return "string"
	case '{':
		return "object"
	case '[':
		return "array"
	case 't', 'f':
		return "boolean"
	case 'n':
		return "null"
	}
	return "number"
}

// prefix says where in the request an error was found.
func prefix(place string, err error) error {
	var found *apiError
	if !errors.As(err, &found) {
		return err
	}
	separator := "."
	if strings.HasPrefix(found.message, "must ") || strings.HasPrefix(found.message, "has ") {
		separator = " "
	}
	return &apiError{found.status, place + separator + found.message}
}

// hasLoneSurrogate reports whether valid JSON escapes half a surrogate pair.
func hasLoneSurrogate(body []byte) bool {
	for i := 0; i < len(body); i++ {
		if body[i] != '\\' {
			continue
		}
		first, ok := parseEscape(body[i:])
		if !ok {
			i++ // skip the escaped character, which may be a backslash
			continue
		}
		i += 5
		if !utf16.IsSurrogate(first) {
			continue
		}
		second, ok := parseEscape(body[i+1:])
		if !ok || utf16.DecodeRune(first, second) == utf8.RuneError {
			return true
		}
		i += 6
	}
	return false
}

// parseEscape returns the code of an escape such as \u00e9 at the start of the text.
func parseEscape(text []byte) (rune, bool) {
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' {
		return 0, false
	}
	code, err := strconv.ParseUint(string(text[2:6]), 16, 16)
	return rune(code), err == nil
}

// parseListQuery reads the parameters of the list of model configs.
func (s style) parseListQuery(rawQuery string) (listQuery, error) {
	query := listQuery{}
	values, err := parseQuery(rawQuery)
	if err != nil {
		return query, err
	}
	query.scope, query.provider, query.search = values.Get("scope"), values.Get("provider"), values.Get("search")
	if s.rejectUnknownFilter && query.scope != "" && !slices.Contains(scopes, query.scope) {
		return query, reject("scope must be one of %s", strings.Join(scopes, ", "))
	}
	if query.offset, err = s.parsePageNumber(values, "offset", 0); err != nil {
		return query, err
	}
	size := s.pageDefault
	if query.scope != "" || query.provider != "" || query.search != "" || query.offset > 0 {
		size = s.pageFiltered
	}
	if size == 0 {
		size = -1
	}
	if query.limit, err = s.parsePageNumber(values, "limit", size); err != nil {
		return query, err
	}
	if s.pageMaximum > 0 {
		query.limit = min(query.limit, s.pageMaximum)
	}
	return query, nil
}

// parseQuery rejects what url.ParseQuery or a later comparison would change or drop.
func parseQuery(rawQuery string) (url.Values, error) {
	values, err := url.ParseQuery(rawQuery)
	if err != nil {
		return nil, reject("the query is malformed: %v", err)
	}
	for name, all := range values {
		if !utf8.ValidString(name + strings.Join(all, "")) {
			return nil, reject("the query is not valid UTF-8")
		}
	}
	return values, nil
}

var digits = regexp.MustCompile(`^[0-9]+$`)

func (s style) parsePageNumber(values url.Values, name string, absent int) (int, error) {
	if !values.Has(name) {
		return absent, nil
	}
	text := values.Get(name)
	if !digits.MatchString(text) {
		return 0, reject("%s must be a whole number that is not negative", name)
	}
	number, err := strconv.Atoi(text)
	if err != nil && s.rejectHugePages {
		return 0, reject("%s is too large", name)
	}
	return number, nil // the largest int where the number is out of range
}
