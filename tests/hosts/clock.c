/* A computer's clock that is set while its programs run: LD_PRELOAD, and AMR_CLOCK names a file of 8 bytes, the ns by
 * which the clock is ahead. Only the clock of the day is moved, as when somebody sets it; monotonic ones go on. Waits that
 * name a time of day are counted by the moved clock, as in a kernel whose clock was set. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define S 1000000000LL
static volatile int64_t *ahead_file;
static int looked;

static int64_t ahead(void) {
  if (!looked) {
    const char *name = getenv("AMR_CLOCK");
    int fd = name ? open(name, O_RDONLY | O_CLOEXEC) : -1;
    void *page = fd < 0 ? MAP_FAILED : mmap(0, 8, PROT_READ, MAP_SHARED, fd, 0);
    if (fd >= 0) close(fd);
    if (page != MAP_FAILED) ahead_file = page;
    looked = 1;
  }
  return ahead_file ? *ahead_file : 0;
}

static void move(struct timespec *t, int64_t ns) {
  int64_t all = t->tv_sec * S + t->tv_nsec + ns;
  t->tv_sec = all / S;
  t->tv_nsec = all % S;
}

static int of_day(clockid_t id) { return id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE; }

int clock_gettime(clockid_t id, struct timespec *t) {
  int failed = syscall(SYS_clock_gettime, id, t);
  if (!failed && of_day(id)) move(t, ahead());
  return failed;
}

int gettimeofday(struct timeval *restrict v, void *restrict zone) {
  struct timespec t;
  (void)zone;
  clock_gettime(CLOCK_REALTIME, &t);
  v->tv_sec = t.tv_sec;
  v->tv_usec = t.tv_nsec / 1000;
  return 0;
}

time_t time(time_t *out) {
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  if (out) *out = t.tv_sec;
  return t.tv_sec;
}

/* A time since 1970, not one since the start of the computer: which clock a condition waits by is not to be seen. */
static const struct timespec *back(const struct timespec *t, struct timespec *own) {
  if (!t || t->tv_sec < 1000000000) return t;
  *own = *t;
  move(own, -ahead());
  return own;
}

static void *real(const char *name, const char *version) {
  void *found = version ? dlvsym(RTLD_NEXT, name, version) : 0;
  return found ? found : dlsym(RTLD_NEXT, name);
}

int pthread_cond_timedwait(pthread_cond_t *c, pthread_mutex_t *m, const struct timespec *t) {
  static int (*call)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);
  struct timespec own;
  if (!call) call = real("pthread_cond_timedwait", "GLIBC_2.3.2");
  return call(c, m, back(t, &own));
}

int pthread_cond_clockwait(pthread_cond_t *c, pthread_mutex_t *m, clockid_t id, const struct timespec *t) {
  static int (*call)(pthread_cond_t *, pthread_mutex_t *, clockid_t, const struct timespec *);
  struct timespec own;
  if (!call) call = real("pthread_cond_clockwait", 0);
  return call(c, m, id, of_day(id) ? back(t, &own) : t);
}

int sem_timedwait(sem_t *s, const struct timespec *t) {
  static int (*call)(sem_t *, const struct timespec *);
  struct timespec own;
  if (!call) call = real("sem_timedwait", 0);
  return call(s, back(t, &own));
}

int pthread_mutex_timedlock(pthread_mutex_t *m, const struct timespec *t) {
  static int (*call)(pthread_mutex_t *, const struct timespec *);
  struct timespec own;
  if (!call) call = real("pthread_mutex_timedlock", 0);
  return call(m, back(t, &own));
}
