"""Runs a command in a pseudo terminal: what comes on stdin is typed, what it writes goes to stdout. ROWS COLUMNS COMMAND…"""
import fcntl, os, pty, select, struct, sys, termios

rows, columns = int(sys.argv[1]), int(sys.argv[2])
pid, terminal = pty.fork()
if pid == 0:
    # The size is there before the command looks at it.
    fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    os.execvp(sys.argv[3], sys.argv[3:])
typing = True
while True:
    ready, _, _ = select.select([terminal, 0] if typing else [terminal], [], [])
    if 0 in ready:
        keys = os.read(0, 65536)
        typing = keys != b""
        if typing:
            os.write(terminal, keys)
    if terminal in ready:
        try:
            text = os.read(terminal, 65536)
        except OSError:  # EIO: nobody has the terminal any more.
            break
        if text == b"":
            break
        os.write(1, text)
_, status = os.waitpid(pid, 0)
sys.exit(os.waitstatus_to_exitcode(status) & 0xFF)
