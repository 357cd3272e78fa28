"""A server that does nothing: reads what is sent, answers GET with so many zero bytes. The ceiling of the load."""

import socket
import sys
import threading

CHUNK = bytes(1 << 20)


def serve(connection: socket.socket) -> None:
    buffer = bytearray(1 << 20)
    data = b""
    while True:
        while b"\r\n\r\n" not in data:
            count = connection.recv_into(buffer)
            if count == 0:
                return
            data += bytes(buffer[:count])
        head, _, data = data.partition(b"\r\n\r\n")
        lower = head.lower()
        left = int(lower.split(b"content-length:")[1].split(b"\r\n")[0]) if b"content-length:" in lower else 0
        left -= len(data)
        data = b""
        while left > 0:
            count = connection.recv_into(buffer)
            if count == 0:
                return
            left -= count
        size = int(head.split(b"?size=")[1].split(b" ")[0]) if b"?size=" in head else 0
        answer = f"HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n\r\n".encode()
        if size <= len(CHUNK):
            connection.sendall(answer + CHUNK[:size])
            continue
        connection.sendall(answer)
        while size > 0:
            connection.sendall(CHUNK[:size])
            size -= len(CHUNK)


listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
sys.stdin.close()
while True:
    accepted, _ = listener.accept()
    accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    threading.Thread(target=serve, args=(accepted,), daemon=True).start()
