// Puts load on a server on this machine: the same request over and over on some connections at once.
//
//   load PORT CLIENTS MS MODE SIZE REQUEST [MESSAGE]
//
// MODE  close: a connection for each request; the response ends with it
//       keep:  one request after the other on each connection
//       echo:  REQUEST once on each connection, then MESSAGE over and over
// SIZE  of the body that each response must have, or of the answer to MESSAGE, in bytes
//
// REQUEST and MESSAGE are files. Prints "answered failed microseconds p50 p99 max", the last three of the time from
// opening the connection (close), or from sending (keep, echo), to the end of the answer, in microseconds.

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MAX_CLIENTS 256
#define MAX_TIMES (1 << 20)
#define HEAD_SIZE 4096
#define RETRY_US 1000

enum mode { CLOSE, KEEP, ECHO };
enum state { IDLE, CONNECTING, SENDING, READING };

struct bytes {
    char *data;
    size_t size;
};

struct client {
    enum state state;
    int fd;
    struct bytes out;      // what is left to send
    long long started;
    char head[HEAD_SIZE];
    size_t head_size;      // bytes of the head so far
    int in_body;
    size_t body;           // bytes of the body, or of the answer to a message, so far
    int upgraded;
};

static enum mode mode;
static size_t expected;
static struct bytes request, message;
static struct sockaddr_in address = {.sin_family = AF_INET};
static struct client clients[MAX_CLIENTS];
static struct pollfd polled[MAX_CLIENTS];
static unsigned times[MAX_TIMES];
static size_t answered, failed;
static char buffer[1 << 17];

static long long now_us(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

static void disconnect(struct client *c) {
    if (c->state != IDLE) {
        close(c->fd);
    }
    c->state = IDLE;
    c->upgraded = 0;
}

static void fail(struct client *c) {
    failed++;
    disconnect(c);
    usleep(RETRY_US);
}

static void start_sending(struct client *c) {
    c->state = SENDING;
    c->out = c->upgraded ? message : request;
    c->head_size = c->body = 0;
    c->in_body = c->upgraded;
}

static void begin(struct client *c) {
    int one = 1;
    c->started = now_us();
    if (c->state != IDLE) {
        start_sending(c);
        return;
    }
    c->fd = socket(AF_INET, SOCK_STREAM, 0);
    fcntl(c->fd, F_SETFL, O_NONBLOCK);
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    c->state = CONNECTING;
    if (connect(c->fd, (struct sockaddr *)&address, sizeof address) < 0 && errno != EINPROGRESS) {
        fail(c);
    }
}

static void finish(struct client *c) {
    long long us = now_us() - c->started;
    if (mode == ECHO && !c->upgraded) {
        c->upgraded = 1;  // the handshake is not counted
        return;
    }
    if (answered < MAX_TIMES) {
        times[answered] = us;
    }
    answered++;
    if (mode == CLOSE) {
        disconnect(c);
    }
}

// Take the head of a response; returns how many bytes of data belong to it, -1 if it is not a good one.
static int take_head(struct client *c, const char *data, size_t size) {
    size_t room = HEAD_SIZE - 1 - c->head_size, old = c->head_size, n = size < room ? size : room;
    memcpy(c->head + old, data, n);
    c->head_size += n;
    c->head[c->head_size] = 0;
    char *end = strstr(c->head, "\r\n\r\n");
    if (!end) {
        return n < room ? (int)n : -1;
    }
    c->in_body = 1;
    const char *status = mode == ECHO ? " 101 " : " 200 ";
    return strncmp(c->head, "HTTP/1.", 7) || strncmp(c->head + 8, status, 5) ? -1 : end + 4 - c->head - (int)old;
}

static void take(struct client *c, const char *data, size_t size) {
    if (!c->in_body) {
        int head = take_head(c, data, size);
        if (head < 0) {
            fail(c);
            return;
        }
        size -= head;
    }
    c->body += size;
    size_t wanted = mode == ECHO && !c->upgraded ? 0 : expected;
    if (c->body > wanted) {
        fail(c);
    } else if (c->in_body && c->body == wanted && mode != CLOSE) {
        finish(c);
        begin(c);
    }
}

static void readable(struct client *c) {
    ssize_t n = recv(c->fd, buffer, sizeof buffer, 0);
    if (n > 0) {
        take(c, buffer, n);
    } else if (n == 0 && mode == CLOSE && c->in_body && c->body == expected) {
        finish(c);
    } else if (n == 0 || errno != EAGAIN) {
        fail(c);
    }
}

static void writable(struct client *c) {
    if (c->state == CONNECTING) {
        start_sending(c);
    }
    ssize_t n = send(c->fd, c->out.data, c->out.size, MSG_NOSIGNAL);
    if (n < 0 && errno != EAGAIN) {
        fail(c);
        return;
    }
    if (n > 0) {
        c->out.data += n;
        c->out.size -= n;
    }
    if (!c->out.size) {
        c->state = READING;
    }
}

static void run(int count, long long until) {
    while (now_us() < until) {
        for (int i = 0; i < count; i++) {
            if (clients[i].state == IDLE) {
                begin(&clients[i]);
            }
            polled[i].fd = clients[i].state == IDLE ? -1 : clients[i].fd;
            polled[i].events = clients[i].state == READING ? POLLIN : POLLOUT;
        }
        poll(polled, count, 20);
        for (int i = 0; i < count; i++) {
            if (polled[i].revents && clients[i].state == READING) {
                readable(&clients[i]);
            } else if (polled[i].revents) {
                writable(&clients[i]);
            }
        }
    }
}

static struct bytes load(const char *path) {
    struct bytes b = {malloc(1 << 20), 0};
    FILE *f = fopen(path, "rb");
    if (!f) {
        perror(path);
        exit(2);
    }
    b.size = fread(b.data, 1, 1 << 20, f);
    fclose(f);
    return b;
}

static int compare(const void *a, const void *b) {
    unsigned x = *(const unsigned *)a, y = *(const unsigned *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv) {
    if (argc < 7 || atoi(argv[2]) > MAX_CLIENTS) {
        fprintf(stderr, "usage: load PORT CLIENTS MS MODE SIZE REQUEST [MESSAGE]\n");
        return 2;
    }
    int count = atoi(argv[2]);
    address.sin_port = htons(atoi(argv[1]));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    mode = argv[4][0] == 'c' ? CLOSE : argv[4][0] == 'k' ? KEEP : ECHO;
    expected = atol(argv[5]);
    request = load(argv[6]);
    if (argc > 7) {
        message = load(argv[7]);
    }
    long long begun = now_us();
    run(count, begun + atoll(argv[3]) * 1000);
    long long elapsed = now_us() - begun;
    size_t n = answered < MAX_TIMES ? answered : MAX_TIMES;
    qsort(times, n, sizeof *times, compare);
    printf("%zu %zu %lld %u %u %u\n", answered, failed, elapsed, n ? times[n / 2] : 0, n ? times[n * 99 / 100] : 0,
           n ? times[n - 1] : 0);
    return 0;
}
