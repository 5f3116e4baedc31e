import java.sql.*;
import java.util.*;

/** Prints what JDBC's DatabaseMetaData tells of a server, one line for each row: java Metadata PORT */
public class Metadata {
    interface Asked { ResultSet rows() throws SQLException; }

    static void show(String name, Asked asked) throws SQLException {
        try (ResultSet rows = asked.rows()) {
            int width = rows.getMetaData().getColumnCount();
            List<String> lines = new ArrayList<>();
            while (rows.next()) {
                StringJoiner line = new StringJoiner("|", name + "|", "");
                for (int i = 1; i <= width; i++) line.add(rows.getString(i));
                lines.add(line.toString());
            }
            Collections.sort(lines);
            lines.forEach(System.out::println);
        }
    }

    public static void main(String[] arguments) throws SQLException {
        String url = "jdbc:postgresql://127.0.0.1:" + arguments[0] + "/xero";
        try (Connection connection = DriverManager.getConnection(url, "w", "pw")) {
            DatabaseMetaData told = connection.getMetaData();
            show("schemas", () -> told.getSchemas());
            show("catalogs", () -> told.getCatalogs());
            show("tables", () -> told.getTables(null, "projects", "%", null));
            show("views", () -> told.getTables(null, "sys", "%", new String[] {"TABLE", "VIEW"}));
            show("tableTypes", () -> told.getTableTypes());
            show("columns", () -> told.getColumns(null, "projects", "%", "%"));
            show("primaryKeys", () -> told.getPrimaryKeys(null, "projects", "Tasks"));
            show("importedKeys", () -> told.getImportedKeys(null, "projects", "Tasks"));
            show("exportedKeys", () -> told.getExportedKeys(null, "projects", "Projects"));
            show("crossReference", () -> told.getCrossReference(null, "projects", "Projects", null, "projects", "Tasks"));
            show("bestRow", () -> told.getBestRowIdentifier(null, "projects", "Tasks", 0, true));
            show("version", () -> told.getVersionColumns(null, "projects", "Tasks"));
            show("procedures", () -> told.getProcedures(null, "projects", "%"));
            show("functions", () -> told.getFunctions(null, "projects", "%"));
            String[] keywords = told.getSQLKeywords().split(",");
            Arrays.sort(keywords);
            System.out.println("keywords|" + String.join(",", keywords));
            System.out.println("nameLength|" + told.getMaxColumnNameLength());
            result(connection, "SELECT t.\"Id\" AS key, t.\"Name\", \"RateValue\" + 1 AS more, p.\"Name\" AS project "
                + "FROM \"Tasks\" t LEFT JOIN \"Projects\" p ON p.\"ProjectId\" = t.\"ProjectId\"");
            result(connection, "SELECT n, count(*) FROM (SELECT \"Name\" AS n FROM \"Tasks\") t GROUP BY 1");
            if (arguments.length > 1) read(connection);
        }
    }

    /** What ResultSetMetaData tells of columns: the table of each, and what the driver looks up in the catalog for it. */
    static void result(Connection connection, String sql) throws SQLException {
        try (PreparedStatement prepared = connection.prepareStatement(sql)) {
            ResultSetMetaData told = prepared.getMetaData();
            for (int i = 1; i <= told.getColumnCount(); i++) {
                boolean plain = !told.getTableName(i).isEmpty();  // ours tells the digits of what is computed too
                System.out.println(String.join("|", "result", told.getColumnLabel(i), told.getSchemaName(i),
                    told.getTableName(i), told.getColumnTypeName(i), plain ? "" + told.getPrecision(i) : "", "" + told.isNullable(i),
                    "" + told.isAutoIncrement(i), "" + told.isWritable(i)));
            }
        }
    }

    static void read(Connection connection) throws SQLException {
        String sql = "SELECT Name, TotalInvoicedValue FROM Projects WHERE Status = ? AND MinutesLogged > ? ORDER BY 1 LIMIT 1";
        PreparedStatement prepared = connection.prepareStatement(sql);
        for (int i = 0; i < 7; i++) {  // the sixth time the driver prepares it at the server
            prepared.setString(1, "CLOSED");
            prepared.setInt(2, 5);
            show("read", prepared::executeQuery);
        }
        ResultSetMetaData columns = prepared.getMetaData();
        System.out.println("type|" + columns.getColumnTypeName(2) + columns.getPrecision(2) + "," + columns.getScale(2));
        connection.setAutoCommit(false);
        Statement cursor = connection.createStatement();
        cursor.setFetchSize(10);
        int rows = 0;
        try (ResultSet all = cursor.executeQuery("SELECT * FROM Projects")) { while (all.next()) rows++; }
        System.out.println("cursor|" + rows);
        Savepoint savepoint = connection.setSavepoint();
        try { cursor.executeQuery("SELECT nope"); } catch (SQLException error) {
            System.out.println("error|" + error.getSQLState());
            connection.rollback(savepoint);
        }
        show("after", () -> cursor.executeQuery("SELECT 1"));
        connection.commit();
    }
}
