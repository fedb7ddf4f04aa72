#!/usr/bin/env bash
# TLS and HTTP/2 against a real server: Debian's nginx with a certificate made here. Both engines must store the same pages over h2 when
# the certificate is trusted, and nothing when it is not.
#   tests/checks/h2.sh PROGRAM
set -euo pipefail
scraper=$1
nginx=${CORPUS_NGINX:-$(command -v nginx || command -v /usr/sbin/nginx)} || { echo "h2: skipped: nginx is not installed"; exit 0; }
command -v openssl > /dev/null || { echo "h2: skipped: openssl is not installed"; exit 0; }
work=$(mktemp -d)
pid=
trap 'if [ -n "$pid" ]; then kill "$pid" 2> /dev/null || true; wait "$pid" 2> /dev/null || true; fi; rm -rf "$work"' EXIT
chmod 755 "$work"  # nginx's workers read it as another user

openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=site.test -addext subjectAltName=DNS:site.test \
  -keyout "$work/key.pem" -out "$work/cert.pem" 2> /dev/null
mkdir "$work/site"
for n in $(seq 0 60); do
  printf '<title>Page %s</title><a href="%s.html">a</a><a href="%s.html">b</a>' "$n" $(((n * 2 + 1) % 61)) $(((n * 2 + 2) % 61)) > "$work/site/$n.html"
done

start() {
  port=$((20000 + RANDOM % 12000))
  cat > "$work/nginx.conf" << CONF
daemon off;
pid $work/pid;
error_log stderr crit;
events {}
http {
  types { text/html html; }
  access_log off;
  client_body_temp_path $work/t1; proxy_temp_path $work/t2; fastcgi_temp_path $work/t3; uwsgi_temp_path $work/t4; scgi_temp_path $work/t5;
  server {
    listen 127.0.0.1:$port ssl http2;
    ssl_certificate $work/cert.pem;
    ssl_certificate_key $work/key.pem;
    root $work/site;
  }
}
CONF
  "$nginx" -p "$work" -c "$work/nginx.conf" -e stderr &
  pid=$!
  for _ in $(seq 100); do
    (exec 3<> "/dev/tcp/127.0.0.1/$port") 2> /dev/null && return 0
    kill -0 "$pid" 2> /dev/null || return 1
    sleep 0.05
  done
  return 1
}
start || start || start || { echo "h2: nginx does not start"; exit 1; }

crawl() { # crawl ENGINE OPTION...
  "$scraper" crawl "https://site.test:$port/0.html" --connect-to "::127.0.0.1:$port" --allow-net 127.0.0.0/8 --delay 0 --per-host 4 \
    --depth inf --no-robots --engine "$1" --output "$work/$1" --fresh --quiet "${@:2}"
}

faults=0
for engine in threads async; do
  crawl "$engine" --ca-certificate "$work/cert.pem" || faults=1
  stored=$(grep -c '"state":"stored"' "$work/$engine/pages.jsonl" || true)
  h2=$(grep -c '"protocol":"h2"' "$work/$engine/pages.jsonl" || true)
  records=$(grep -ac '^WARC-Protocol: h2' "$work/$engine/warc/00000.warc" || true)
  opened=$(sed -n 's/.*"connections":\([0-9]*\).*/\1/p' "$work/$engine/report.json")
  echo "h2: $engine: $stored stored, $h2 over h2, $records archived as h2, $opened connections"
  { [ "$stored" = 61 ] && [ "$h2" = 61 ] && [ "$records" -ge 61 ] && [ "$opened" -le 5 ]; } || faults=1
  "$(dirname "$0")/warcio.sh" "$work/$engine" || faults=1
  code=0
  crawl "$engine" --retries 0 || code=$?
  [ "$code" = 5 ] && grep -q '"error":"tls"' "$work/$engine/pages.jsonl" || { echo "h2: $engine: an untrusted certificate ended with $code"; faults=1; }
done
exit $faults
