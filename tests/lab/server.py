#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What does a TLS server on the internet do to a connection?  One listener, a thread for each
connection, TLS by OpenSSL; --fault says where it goes wrong.

With ALPN h2 or http/1.1 it answers requests like a web server only as far as --answer goes; as a
courier it echoes, which is what keep-alives look like from outside."""
import argparse
import select
import socket
import ssl
import struct
import sys
import threading
import time


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("endpoints", nargs="+", help="ADDRESS,PORT")
    parser.add_argument("--certificate", help="PEM: leaf, then intermediates")
    parser.add_argument("--key")
    parser.add_argument("--alpn", default="", help="comma separated")
    parser.add_argument("--version", choices=["1.2", "1.3", "both"], default="both")
    parser.add_argument("--ciphers", help="of TLS 1.2, OpenSSL's names")
    parser.add_argument("--client-ca", help="asks for a client certificate of this CA")
    parser.add_argument("--answer", type=int, default=0,
                        help="bytes of answer to each request (0: echo)")
    parser.add_argument("--fault", default="none",
                        choices=["none", "reset-at-accept", "reset-after-hello", "close-after-hello",
                                 "silent-after-hello", "reset-after-data", "reset-after-handshake",
                                 "close-after-handshake", "reset-when-idle", "close-when-idle",
                                 "silent-when-idle", "reset-in-handshake", "slow-hello"])
    parser.add_argument("--seconds", type=float, default=0,
                        help="of idling, or before a slow ServerHello")
    parser.add_argument("--first", type=int, default=0, help="fault only for the first N connections")
    return parser.parse_args()


def context_of(options):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(options.certificate, options.key)
    if options.alpn:
        context.set_alpn_protocols(options.alpn.split(","))
    if options.version == "1.2":
        context.maximum_version = ssl.TLSVersion.TLSv1_2
    elif options.version == "1.3":
        context.minimum_version = ssl.TLSVersion.TLSv1_3
    if options.ciphers:
        context.set_ciphers(options.ciphers)
    if options.client_ca:
        context.load_verify_locations(options.client_ca)
        context.verify_mode = ssl.CERT_OPTIONAL
    context.num_tickets = 1
    return context


def reset(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def read_hello(connection):
    connection.settimeout(20)
    return connection.recv(8192, socket.MSG_PEEK)


def reset_in_handshake(connection, context):
    """Sends the own flight and goes when the client answers it."""
    secured = context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
    secured.settimeout(0)
    try:
        secured.do_handshake()
    except ssl.SSLWantReadError:
        select.select([secured], [], [], 20)
    reset(secured)


def before_tls(connection, context, options, fault):
    """True if the fault took the connection away."""
    if fault == "reset-at-accept":
        reset(connection)
        return True
    if fault == "slow-hello":
        read_hello(connection)
        time.sleep(options.seconds)
        return False
    if fault == "reset-in-handshake":
        read_hello(connection)
        reset_in_handshake(connection, context)
        return True
    if fault not in ("reset-after-hello", "close-after-hello", "silent-after-hello"):
        return False
    read_hello(connection)
    if fault == "silent-after-hello":
        time.sleep(60)
    elif fault == "close-after-hello":
        connection.recv(8192)  # unread data would make the kernel send a RST
        connection.close()
        return True
    reset(connection)
    return True


def converse(secured, options, fault):
    idle = options.seconds if fault.endswith("when-idle") else 60
    if fault == "reset-after-handshake":
        return reset(secured)
    if fault == "close-after-handshake":
        return secured.close()
    while True:
        secured.settimeout(idle)
        try:
            data = secured.recv(16384)
        except TimeoutError:
            if fault == "silent-when-idle":
                time.sleep(60)
            return reset(secured) if fault == "reset-when-idle" else secured.close()
        if not data:
            return secured.close()
        if fault == "reset-after-data":
            return reset(secured)
        if not options.answer:
            secured.sendall(data[::-1])
        elif b"\r\n\r\n" in data or data.endswith(b"\n"):
            secured.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s"
                            % (options.answer, b"." * options.answer))


def serve(connection, context, options, fault):
    try:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if before_tls(connection, context, options, fault):
            return
        connection.settimeout(20)
        converse(context.wrap_socket(connection, server_side=True), options, fault)
    except OSError as error:
        print("connection:", error, file=sys.stderr, flush=True)
        connection.close()


def listen(endpoint):
    address, port = endpoint.rsplit(",", 1)
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6:
        listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    listener.bind((address, int(port)))
    listener.listen(64)
    return listener


def accept(listener, context, options):
    number = 0
    while True:
        connection, _ = listener.accept()
        number += 1
        fault = options.fault if not options.first or number <= options.first else "none"
        threading.Thread(target=serve, args=(connection, context, options, fault),
                         daemon=True).start()


def main():
    options = arguments()
    context = context_of(options) if options.certificate else None
    listeners = [listen(endpoint) for endpoint in options.endpoints]
    for listener in listeners[1:]:
        threading.Thread(target=accept, args=(listener, context, options), daemon=True).start()
    accept(listeners[0], context, options)


main()
