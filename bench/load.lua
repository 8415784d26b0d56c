-- What wrk sends: the rows of a plan (see bench/load.py), one after another and around again.
local method, headers, rows, n, mark = "GET", {}, {}, 0, ""

function init(args)
  for line in io.lines(args[1]) do
    local kind, first, second = line:match("^(%u)\t([^\t]*)\t?(.*)$")
    if kind == "M" then method = first
    elseif kind == "H" then headers[first] = second
    elseif kind == "R" then rows[#rows + 1] = { first, second ~= "" and second or nil }
    elseif kind == "K" then mark = first end
  end
end

function request()
  local row = rows[n % #rows + 1]
  n = n + 1
  if mark ~= "" then
    headers["Idempotency-Key"] = mark .. n
    headers["X-Forwarded-For"] = string.format("10.%d.%d.%d", n / 65536 % 256, n / 256 % 256, n % 256)  -- as many people
  end
  return wrk.format(method, row[1], headers, row[2])
end

function done(summary, latency)
  local e = summary.errors
  io.write(string.format(
    '\n{"requests": %d, "micros": %d, "p50": %.3f, "p95": %.3f, "p99": %.3f, "wrong": %d, "broken": %d}\n',
    summary.requests, summary.duration, latency:percentile(50) / 1000, latency:percentile(95) / 1000,
    latency:percentile(99) / 1000, e.status, e.connect + e.read + e.write + e.timeout))
end
