#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""mail_server.py DIR [OPTION...] - an SMTP server that keeps what it is sent.

It is aiosmtpd on a free port of the loopback, and prints that port.  Each mail
becomes DIR/N.json: sender, recipients, whether TLS was on, who logged in, and
the text.

    --cert FILE --key FILE   offers STARTTLS
    --implicit               speaks TLS from the first byte
    --login USER:PASSWORD    demands it
    --need-tls               demands STARTTLS before MAIL
    --refuse ADDRESS         550 to that recipient
    --busy ADDRESS           450 to that recipient
    --hang-after N           is silent from mail N on
    --close-after N          ends the connection instead of taking mail N
    --deaf                   never answers QUIT
"""
import argparse
import asyncio
import json
import os
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword


class Handler:
    def __init__(self, opt):
        self.opt = opt
        self.n = 0

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address == self.opt.refuse:
            return '550 5.1.1 <%s> is unknown here' % address
        if address == self.opt.busy:
            return '450 4.2.1 <%s> is busy' % address
        envelope.rcpt_tos.append(address)
        return '250 2.1.5 Ok'

    async def handle_DATA(self, server, session, envelope):
        self.n += 1
        if self.opt.hang_after is not None and self.n >= self.opt.hang_after:
            await asyncio.sleep(3600)
        if self.opt.close_after is not None and self.n >= self.opt.close_after:
            server.transport.abort()
            return '421 gone'
        login = session.auth_data
        kept = {
            'from': envelope.mail_from,
            'to': envelope.rcpt_tos,
            'tls': session.ssl is not None or self.opt.implicit,
            'user': login.login.decode() if login else None,
            'text': envelope.content.decode('utf-8', 'surrogateescape'),
        }
        path = os.path.join(self.opt.dir, '%d.json' % self.n)
        with open(path + '.part', 'w') as f:
            json.dump(kept, f)
        os.rename(path + '.part', path)
        return '250 2.0.0 Ok: queued as TEST%d' % self.n


def check_login(opt):
    user, password = opt.login.split(':', 1)

    def check(server, session, envelope, mechanism, data):
        good = (isinstance(data, LoginPassword)
                and data.login == user.encode()
                and data.password == password.encode())
        return AuthResult(success=good, handled=False,
                          auth_data=data if good else None)
    return check


class Deaf(SMTP):
    async def smtp_QUIT(self, arg):
        await asyncio.sleep(3600)


def main():
    p = argparse.ArgumentParser()
    p.add_argument('dir')
    p.add_argument('--cert')
    p.add_argument('--key')
    p.add_argument('--implicit', action='store_true')
    p.add_argument('--login')
    p.add_argument('--need-tls', action='store_true')
    p.add_argument('--refuse')
    p.add_argument('--busy')
    p.add_argument('--hang-after', type=int)
    p.add_argument('--close-after', type=int)
    p.add_argument('--deaf', action='store_true')
    opt = p.parse_args()

    context = None
    if opt.cert:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(opt.cert, opt.key)
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    handler = Handler(opt)

    def make():
        more = {}
        if opt.login:
            more = {'authenticator': check_login(opt), 'auth_required': True,
                    'auth_require_tls': context is not None
                    and not opt.implicit}
        kind = Deaf if opt.deaf else SMTP
        return kind(handler, hostname='mail.test', loop=loop,
                    tls_context=None if opt.implicit else context,
                    require_starttls=opt.need_tls, **more)

    server = loop.run_until_complete(loop.create_server(
        make, '127.0.0.1', 0, ssl=context if opt.implicit else None))
    print(server.sockets[0].getsockname()[1])
    sys.stdout.flush()
    loop.run_forever()


main()
