// Reads with pgx and with lib/pq, the way Go programs and Grafana do, and prints what they have got.
package main

import (
	"context"
	"database/sql"
	"fmt"
	"os"

	"github.com/jackc/pgx/v4"
	_ "github.com/lib/pq"
)

const closed = "SELECT Name, TotalInvoicedValue::text FROM Projects WHERE Status = $1 ORDER BY Name"

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func withPgx(url string) {
	connection, err := pgx.Connect(context.Background(), url)
	check(err)
	defer connection.Close(context.Background())
	var name, amount string
	for range []int{1, 2} { // the second time from its cache of prepared statements
		check(connection.QueryRow(context.Background(), closed, "CLOSED").Scan(&name, &amount))
	}
	var several []string
	check(connection.QueryRow(context.Background(), "SELECT array['a', 'b']").Scan(&several))
	fmt.Println("pgx", name, amount, len(several))
	_, err = connection.Exec(context.Background(), "SELECT nope FROM Projects")
	fmt.Println("pgx", err)
}

func withPq(url string) {
	database, err := sql.Open("postgres", url)
	check(err)
	defer database.Close()
	rows, err := database.Query(closed, "CLOSED")
	check(err)
	count := 0
	for rows.Next() {
		count++
	}
	check(rows.Err())
	var hours float64
	check(database.QueryRow(`SELECT sum("Duration") / 60.0 FROM "Time" WHERE "Date" >= $1`, "2026-10-01").Scan(&hours))
	fmt.Println("pq", count, hours > 0)
}

func main() {
	withPgx(os.Args[1])
	withPq(os.Args[1])
}
