-- Calls of Gradio's protocol over HTTP, for wrk: each is a POST that is answered with an event's
-- id, and a GET of that event's stream to its end. Counts calls, not requests of HTTP.

local path
local headers = { ["Content-Type"] = "application/json" }
local threads = {}
local ids, first, last = {}, 1, 0

completed, failed = 0, 0

function setup(thread) table.insert(threads, thread) end

function init(arguments) path = "/gradio_api/call/" .. arguments[1] end

function request()
  if first <= last then
    local id = ids[first]
    ids[first] = nil
    first = first + 1
    return wrk.format("GET", path .. "/" .. id)
  end
  return wrk.format("POST", path, headers, '{"data":["hello"]}')
end

function response(status, _, body)
  local id = status == 200 and body:match('"event_id"%s*:%s*"(%w+)"')
  if id then
    last = last + 1
    ids[last] = id
  elseif status == 200 and body:find("event: complete", 1, true)
      and body:find('["hello"]', 1, true) then
    completed = completed + 1
  else
    failed = failed + 1
  end
end

function done(summary)
  local all, wrong = 0, 0
  for _, thread in ipairs(threads) do
    all = all + thread:get("completed")
    wrong = wrong + thread:get("failed")
  end
  io.write(string.format(
    "sluice %d %d %d %d\n", all, wrong, summary.duration, summary.errors.timeout))
end
