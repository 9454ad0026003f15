#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""receiver.py DIR - an HTTP server that is told how to answer.

It listens on a free port of the loopback and prints it.  Each request is a
line of JSON in DIR/log: method, path, headers, body, and when it came.  How it
answers is in DIR/plan, JSON, read anew for each request: for each path a list
of answers, of which the n-th request takes the n-th, and the last one stays:

    { "/hook": [ { "status": 500 }, { "status": 429, "headers":
      { "Retry-After": "7" } }, { "status": 200, "body": "ok" } ],
      "/slow": [ { "hang": 30 } ], "/gone": [ { "close": true } ] }

A path that is not in it is answered 200.
"""
import json
import os
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

folder = sys.argv[1]
lock = threading.Lock()
seen = {}


def plan_of(path, n):
    try:
        with open(os.path.join(folder, 'plan')) as f:
            plan = json.load(f).get(path, [{}])
    except FileNotFoundError:
        plan = [{}]
    return plan[min(n, len(plan) - 1)]


class Receiver(BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def log_message(self, *args):
        pass

    def take(self):
        length = int(self.headers.get('Content-Length') or 0)
        body = self.rfile.read(length).decode('utf-8', 'surrogateescape')
        with lock:
            n = seen.get(self.path, 0)
            seen[self.path] = n + 1
            with open(os.path.join(folder, 'log'), 'a') as f:
                f.write(json.dumps({
                    'method': self.command, 'path': self.path,
                    'headers': {k.lower(): v for k, v in self.headers.items()},
                    'body': body, 'at': time.time()}) + '\n')
        answer = plan_of(self.path, n)
        if 'hang' in answer:
            time.sleep(answer['hang'])
        if answer.get('close'):
            self.close_connection = True
            self.connection.close()
            return
        body = answer.get('body', '').encode()
        self.send_response(answer.get('status', 200))
        for name, value in answer.get('headers', {}).items():
            self.send_header(name, value)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = take

    def handle_one_request(self):
        try:
            super().handle_one_request()
        except (OSError, ValueError):
            self.close_connection = True


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, address):
        pass


server = Server(('127.0.0.1', 0), Receiver)
print(server.server_address[1])
sys.stdout.flush()
server.serve_forever()
