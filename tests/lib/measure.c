/*
 * measure: numbers for the benchmarks, one "name value" line each.
 *
 *   measure run N CMD ARG...     N runs of a command: median and 99th
 *                                percentile of the wall time, CPU time and
 *                                peak memory
 *   measure port LOCAL REMOTE PID MIB
 *                                listen on REMOTE, connect to LOCAL (which is
 *                                forwarded to it by process PID), move MIB
 *                                each way and echo single bytes
 *
 * Linux only.
 */
#include "common/def.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHUNK ((size_t)256 << 10)
#define PINGS 1000
#define LIMIT_MS 120000

static double now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double quantile(double *v, size_t n, double q)
{
	qsort(v, n, sizeof(*v), ascending);
	return v[(size_t)((double)(n - 1) * q)];
}

static int fail(const char *what)
{
	perror(what);
	return 1;
}

static int run(size_t n, char **argv)
{
	double *wall = calloc(n, sizeof(*wall)), cpu = 0;
	struct rusage use = { 0 };
	long peak = 0;
	size_t i;
	int st;

	for (i = 0; i < n; i++) {
		double from = now_us();
		pid_t child = fork();

		if (child == 0) {
			int null = open("/dev/null", O_RDWR);

			(void)dup2(null, 0);
			(void)dup2(null, 1);
			execv(argv[0], argv);
			_exit(127);
		}
		if (child < 0 || wait4(child, &st, 0, &use) != child || st)
			return fail("run");
		wall[i] = now_us() - from;
		cpu += (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) *
			       1e6 +
		       (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec);
		if (use.ru_maxrss > peak)
			peak = use.ru_maxrss;
	}
	printf("wall_median_us %.0f\n", quantile(wall, n, 0.5));
	printf("wall_p99_us %.0f\n", quantile(wall, n, 0.99));
	printf("cpu_mean_us %.0f\n", cpu / (double)n);
	printf("peak_kib %ld\n", peak);
	free(wall);
	return 0;
}

/* CPU of a process in ms: user and system ticks of /proc/PID/stat. */
static double cpu_ms(const char *pid)
{
	char path[64], text[1024], *p;
	unsigned long user = 0, sys = 0;
	FILE *f;
	size_t n;

	(void)snprintf(path, sizeof(path), "/proc/%s/stat", pid);
	f = fopen(path, "r");
	if (!f)
		return 0;
	n = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[n] = '\0';
	p = strrchr(text, ')');
	if (!p ||
	    sscanf(p + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
		   &user, &sys) != 2)
		return 0;
	return (double)(user + sys) * 1000.0 / (double)sysconf(_SC_CLK_TCK);
}

static int socket_at(const char *port, bool to_listen)
{
	struct sockaddr_in a = { 0 };
	int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;

	a.sin_family = AF_INET;
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	a.sin_port = htons((uint16_t)strtoul(port, NULL, 10));
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (to_listen) {
		if (bind(fd, (struct sockaddr *)&a, sizeof(a)) < 0 ||
		    listen(fd, 8) < 0)
			return -1;
	} else if (connect(fd, (struct sockaddr *)&a, sizeof(a)) < 0) {
		return -1;
	}
	return fd;
}

/* Move `total` bytes from one socket to the other; both ends are ours. */
static int move(int from, int to, size_t total)
{
	char *data = calloc(1, CHUNK);
	size_t sent = 0, got = 0;
	ssize_t n;

	while (got < total) {
		struct pollfd p[2] = { { to, POLLIN, 0 },
				       { sent < total ? from : -1, POLLOUT,
					 0 } };

		if (poll(p, 2, LIMIT_MS) <= 0)
			return fail("move");
		if (p[1].revents & POLLOUT) {
			size_t want = total - sent;

			n = send(from, data, want < CHUNK ? want : CHUNK,
				 MSG_DONTWAIT);
			if (n > 0)
				sent += (size_t)n;
		}
		if (p[0].revents & (POLLIN | POLLHUP)) {
			n = recv(to, data, CHUNK, MSG_DONTWAIT);
			if (n == 0)
				return fail("closed");
			if (n > 0)
				got += (size_t)n;
		}
	}
	free(data);
	return 0;
}

static int one_way(const char *name, int from, int to, const char *pid,
		   size_t mib)
{
	double start = now_us(), cpu = cpu_ms(pid), sec;

	if (move(from, to, mib << 20))
		return 1;
	sec = (now_us() - start) / 1e6;
	printf("%s_mib_s %.2f\n", name, (double)mib / sec);
	printf("%s_cpu_ms_mib %.2f\n", name, (cpu_ms(pid) - cpu) / (double)mib);
	return 0;
}

static int echo(int near, int far)
{
	static double us[PINGS];
	char byte = 'x';
	size_t i;

	for (i = 0; i < PINGS; i++) {
		double start = now_us();

		if (send(near, &byte, 1, 0) != 1 ||
		    recv(far, &byte, 1, 0) != 1 ||
		    send(far, &byte, 1, 0) != 1 || recv(near, &byte, 1, 0) != 1)
			return fail("echo");
		us[i] = now_us() - start;
	}
	printf("echo_median_us %.0f\n", quantile(us, PINGS, 0.5));
	printf("echo_p99_us %.0f\n", quantile(us, PINGS, 0.99));
	return 0;
}

static int port(char **argv)
{
	size_t mib = strtoul(argv[3], NULL, 10);
	int listener = socket_at(argv[1], true), near, far;
	struct pollfd p = { listener, POLLIN, 0 };

	if (listener < 0)
		return fail("listen");
	if ((near = socket_at(argv[0], false)) < 0)
		return fail("connect");
	if (poll(&p, 1, LIMIT_MS) != 1 ||
	    (far = accept(listener, NULL, NULL)) < 0)
		return fail("accept");
	if (move(near, far, 1 << 16)) /* warm */
		return 1;
	return one_way("upload", near, far, argv[2], mib) ||
	       one_way("download", far, near, argv[2], mib) || echo(near, far);
}

int main(int argc, char **argv)
{
	if (argc >= 4 && !strcmp(argv[1], "run"))
		return run(strtoul(argv[2], NULL, 10), argv + 3);
	if (argc == 6 && !strcmp(argv[1], "port"))
		return port(argv + 2);
	fputs("usage: measure run N CMD ARG... | port LOCAL REMOTE PID MIB\n",
	      stderr);
	return 2;
}
