-- Two requests in turn on one connection per thread: a photo, then the request it belongs to.
local head, photo, place, mark, n, id = {}, "", "", "", 0, nil
local threads = 0

function setup(thread)
  threads = threads + 1
  thread:set("number", threads)
end

function init(args)
  for line in io.lines(args[1]) do
    local kind, first, second = line:match("^(%u)\t([^\t]*)\t?(.*)$")
    if kind == "H" then head[first] = second
    elseif kind == "P" then place = first
    elseif kind == "K" then mark = first end
  end
  local file = io.open(args[2], "rb")
  local bytes = file:read("*a")
  file:close()
  photo = '--cut\r\nContent-Disposition: form-data; name="photo"; filename="a.jpg"\r\n'
    .. "Content-Type: image/jpeg\r\n\r\n" .. bytes .. "\r\n--cut--\r\n"
end

function request()
  if id == nil then
    head["Content-Type"] = "multipart/form-data; boundary=cut"
    head["Idempotency-Key"] = nil
    return wrk.format("POST", "/api/v1/photos", head, photo)
  end
  n = n + 1
  head["Content-Type"] = "application/json"
  head["Idempotency-Key"] = mark .. number .. "-" .. n
  local body = '{"text": "楼道灯不亮", "place": "' .. place .. '", "photos": ["' .. id .. '"]}'
  id = nil
  return wrk.format("POST", "/api/v1/requests", head, body)
end

function response(status, headers, body)
  if body:find('"id": *"') and not body:find('"case"') then id = body:match('"id": *"([^"]+)"') end
end

function done(summary, latency)
  local e = summary.errors
  io.write(string.format(
    '\n{"requests": %d, "micros": %d, "p50": %.3f, "p95": %.3f, "p99": %.3f, "wrong": %d, "broken": %d}\n',
    summary.requests, summary.duration, latency:percentile(50) / 1000, latency:percentile(95) / 1000,
    latency:percentile(99) / 1000, e.status, e.connect + e.read + e.write + e.timeout))
end
