/* Fetches one SELECT through libmariadb, row by row: wire_client PORT USER STATEMENT; prints JSON of seconds, rows and bytes. */
#include <mysql.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double now(void) {
  struct timespec at;
  clock_gettime(CLOCK_MONOTONIC, &at);
  return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

static int fail(MYSQL* connection) {
  fprintf(stderr, "wire_client: %s\n", mysql_error(connection));
  return 1;
}

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  MYSQL* connection = mysql_init(NULL);
  my_bool off = 0;
  mysql_optionsv(connection, MYSQL_OPT_SSL_ENFORCE, &off);
  if (!mysql_real_connect(connection, "127.0.0.1", argv[2], "", NULL, (unsigned)atoi(argv[1]), NULL, 0)) return fail(connection);
  const double begin = now();
  if (mysql_query(connection, argv[3])) return fail(connection);
  MYSQL_RES* result = mysql_use_result(connection);
  if (result == NULL) return fail(connection);
  const unsigned columns = mysql_num_fields(result);
  unsigned long long rows = 0, bytes = 0;
  double first = 0;
  for (MYSQL_ROW row; (row = mysql_fetch_row(result)) != NULL; ++rows) {
    if (rows == 0) first = now() - begin;
    const unsigned long* lengths = mysql_fetch_lengths(result);
    for (unsigned i = 0; i < columns; ++i) bytes += lengths[i];
  }
  if (mysql_errno(connection)) return fail(connection);
  printf("{\"seconds\": %.4f, \"first_row_ms\": %.2f, \"rows\": %llu, \"bytes\": %llu}\n", now() - begin, first * 1000, rows, bytes);
  mysql_free_result(result);
  mysql_close(connection);
  return 0;
}
