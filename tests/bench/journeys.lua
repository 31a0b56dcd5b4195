-- Journeys for wrk: each takes a fresh slip, opens the paper, and posts answers with the number it was given.
-- wrk -t1 -c32 -d10s --latency -s journeys.lua URL -- CODES_FILE ITEM,ITEM,...
-- The receipt's time is counted from the moment the paper was asked for; done() prints one line of JSON.

local ffi = require("ffi")
ffi.cdef "typedef struct { long sec; long nsec; } moment; int clock_gettime(int, moment *);"
local at = ffi.new("moment")

local function now()
  ffi.C.clock_gettime(1, at)
  return tonumber(at.sec) + tonumber(at.nsec) * 1e-9
end

codes, started, posted, took, waiting, used, failed = {}, {}, {}, {}, {}, 0, {}
local body

function setup(thread) worker = thread end

function init(arguments)
  for line in io.lines(arguments[1]) do codes[#codes + 1] = line end
  local fields = {}
  for item in arguments[2]:gmatch("[^,]+") do fields[#fields + 1] = item .. "=4" end
  body = table.concat(fields, "&")
end

local sending = { ["Content-Type"] = "application/x-www-form-urlencoded" }
local asking = { ["Accept-Encoding"] = "br" }

function request()
  local visit = table.remove(waiting)
  if visit then
    posted[visit.code] = true
    sending["Cookie"] = "number=" .. visit.number
    return wrk.format("POST", "/q/" .. visit.code, sending, body)
  end
  used = used + 1
  local code = codes[used] or error("the slips ran out")
  started[code] = now()
  return wrk.format("GET", "/q/" .. code, asking)
end

function response(status, headers)
  local cookie = headers["set-cookie"] or headers["Set-Cookie"] or ""
  local number, code = cookie:match("number=(%x+).*/q/(%w+)")
  if status == 200 and code and posted[code] then
    took[#took + 1] = now() - started[code]
  elseif status == 200 and number then
    waiting[#waiting + 1] = { number = number, code = code }
  else
    local why = status == 200 and "200 without a number" or tostring(status)
    failed[why] = (failed[why] or 0) + 1
  end
end

function done(summary)
  local times, why = worker:get("took"), worker:get("failed")
  for _, kind in ipairs({ "connect", "read", "write", "timeout" }) do
    if summary.errors[kind] > 0 then why[kind] = summary.errors[kind] end
  end
  local reasons = {}
  for kind, n in pairs(why) do reasons[#reasons + 1] = string.format('"%s": %d', kind, n) end
  table.sort(times)
  local function at_share(share) return times[math.max(1, math.ceil(#times * share))] or 0 end
  print(string.format('{"journeys": %d, "failed": {%s}, "seconds": %.3f, "p50": %.4f, "p99": %.4f}',
    #times, table.concat(reasons, ", "),
    summary.duration / 1e6, at_share(0.5), at_share(0.99)))
end
