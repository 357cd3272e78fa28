import java.sql.*;
import java.util.ArrayList;
import java.util.List;

/** A JDBC driver against a Firn server: `java Jdbc.java URL DATABASE`; prints a word for each part that held. */
public class Jdbc {
  static void check(boolean holds, String what) {
    if (!holds) throw new AssertionError(what);
  }

  static List<String> strings(ResultSet rows, String column) throws SQLException {
    List<String> found = new ArrayList<>();
    while (rows.next()) found.add(rows.getString(column));
    return found;
  }

  public static void main(String[] arguments) throws Exception {
    String url = arguments[0];
    String database = arguments[1];
    String name = arguments[2];
    try (Connection connection = DriverManager.getConnection(url, "root", "")) {
      statements(connection, database);
      System.out.println("statements");
      metadata(connection, database, name);
      System.out.println("metadata");
      settings(connection);
      System.out.println("settings");
    }
    String more = url.contains("?") ? "&" : "?";
    try (Connection connection = DriverManager.getConnection(url + more + "useServerPrepStmts=true&cachePrepStmts=true", "root", "")) {
      prepared(connection, database);
      System.out.println("prepared");
    }
    try (Connection connection = DriverManager.getConnection(url + more + "useCompression=true&useServerPrepStmts=false", "root", "")) {
      try (Statement statement = connection.createStatement(); ResultSet rows = statement.executeQuery("select repeat('x', 300000), 1")) {
        check(rows.next() && rows.getString(1).length() == 300000 && rows.getInt(2) == 1, "long text");
      }
      System.out.println("compressed");
    }
    System.out.println("done");
  }

  static void statements(Connection connection, String database) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("drop table if exists " + database + ".of_jdbc");
      statement.execute("create table " + database + ".of_jdbc (id bigint, name varchar(50), amount decimal(10, 2), day date, moment datetime, ok boolean)");
      check(statement.executeUpdate("insert into " + database + ".of_jdbc values (1, 'Zürich', 12.50, '2024-02-29', '2024-02-29 23:59:58', true), (2, null, null, null, null, null)") == 2, "rows written");
      try (ResultSet rows = statement.executeQuery("select * from " + database + ".of_jdbc order by id")) {
        check(rows.next(), "a row");
        check(rows.getLong("id") == 1 && rows.getString("name").equals("Zürich"), "id and name");
        check(rows.getBigDecimal("amount").toString().equals("12.50"), "amount");
        check(rows.getDate("day").toString().equals("2024-02-29"), "day");
        check(rows.getTimestamp("moment").toString().equals("2024-02-29 23:59:58.0"), "moment");
        check(rows.getBoolean("ok"), "ok");
        check(rows.next() && rows.getString("name") == null && rows.getBigDecimal("amount") == null && !rows.next(), "nulls");
        check(rows.getMetaData().getColumnType(1) == Types.BIGINT && rows.getMetaData().getScale(3) == 2, "types");
      }
      try {
        statement.executeQuery("select * from nowhere_to_be_found");
        check(false, "no error");
      } catch (SQLException failure) {
        check(failure.getErrorCode() == 1146 || failure.getErrorCode() == 1046 || failure.getErrorCode() == 1064, "error " + failure.getErrorCode() + failure);
      }
      statement.setMaxRows(1);
      try (ResultSet rows = statement.executeQuery("select * from " + database + ".of_jdbc")) {
        check(rows.next() && !rows.next(), "setMaxRows");
      }
    }
    check(connection.isValid(5), "isValid");
  }

  static void metadata(Connection connection, String database, String name) throws SQLException {
    DatabaseMetaData metadata = connection.getMetaData();
    check(metadata.getDatabaseProductVersion() != null, "version");
    check(strings(metadata.getCatalogs(), "TABLE_CAT").contains(name), "catalogs");
    check(strings(metadata.getTables(name, null, "%", new String[] {"TABLE", "VIEW"}), "TABLE_NAME").contains("of_jdbc"), "tables");
    check(strings(metadata.getColumns(name, null, "of_jdbc", "%"), "COLUMN_NAME").equals(List.of("id", "name", "amount", "day", "moment", "ok")), "columns");
    check(strings(metadata.getPrimaryKeys(name, null, "of_jdbc"), "COLUMN_NAME").isEmpty(), "keys");
    check(strings(metadata.getIndexInfo(name, null, "of_jdbc", false, true), "INDEX_NAME").isEmpty(), "indexes");
    metadata.getTypeInfo().close();
    metadata.getTableTypes().close();
  }

  static void settings(Connection connection) throws SQLException {
    connection.setAutoCommit(false);
    connection.commit();
    connection.rollback();
    connection.setAutoCommit(true);
    connection.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
    check(connection.getTransactionIsolation() > 0, "isolation");
    connection.setReadOnly(true);
    connection.setReadOnly(false);
    connection.getWarnings();
  }

  static void prepared(Connection connection, String database) throws SQLException {
    try (PreparedStatement insert = connection.prepareStatement("insert into " + database + ".of_jdbc values (?, ?, ?, ?, ?, ?)")) {
      for (int number = 10; number < 15; number++) {
        insert.setLong(1, number);
        insert.setString(2, "it's \"" + number + "\"");
        insert.setBigDecimal(3, new java.math.BigDecimal("1.25"));
        insert.setDate(4, Date.valueOf("2024-03-01"));
        insert.setTimestamp(5, Timestamp.valueOf("2024-03-01 01:02:03"));
        insert.setBoolean(6, number % 2 == 0);
        insert.addBatch();
      }
      check(insert.executeBatch().length == 5, "batch");
    }
    try (PreparedStatement select = connection.prepareStatement("select id, name, amount, day, moment, ok, cast(1.5 as double), ? from " + database + ".of_jdbc where id >= ? order by id")) {
      for (int round = 0; round < 3; round++) {
        select.setString(1, "echo");
        select.setInt(2, 13);
        try (ResultSet rows = select.executeQuery()) {
          check(rows.next() && rows.getLong(1) == 13 && rows.getString(2).equals("it's \"13\""), "text");
          check(rows.getBigDecimal(3).toString().equals("1.25") && rows.getDate(4).toString().equals("2024-03-01"), "date");
          check(rows.getTimestamp(5).toString().equals("2024-03-01 01:02:03.0") && !rows.getBoolean(6), "moment");
          check(rows.getDouble(7) == 1.5 && rows.getString(8).equals("echo"), "echo");
          check(rows.next() && !rows.next(), "rows");
        }
      }
    }
  }
}
