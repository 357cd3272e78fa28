// go-sql-driver against a Firn server: `client DSN`; prints a word for each part that held.
package main

import (
	"database/sql"
	"errors"
	"fmt"
	"log"
	"os"
	"sync"
	"time"

	"github.com/go-sql-driver/mysql"
)

func check(err error, what string) {
	if err != nil {
		log.Fatalf("%s: %v", what, err)
	}
}

func main() {
	db, err := sql.Open("mysql", os.Args[1]+"?parseTime=true")
	check(err, "open")
	defer db.Close()
	check(db.Ping(), "ping")
	for _, statement := range []string{"drop table if exists of_go",
		"create table of_go (id bigint, name varchar(50), ratio double, moment datetime)"} {
		_, err = db.Exec(statement)
		check(err, statement)
	}
	moment := time.Date(2024, 2, 29, 23, 59, 58, 0, time.UTC)
	result, err := db.Exec("insert into of_go values (?, ?, ?, ?), (2, null, null, null)", int64(1), "Zürich ✓", 1.5, moment)
	check(err, "insert")
	if affected, _ := result.RowsAffected(); affected != 2 {
		log.Fatalf("affected %d rows", affected)
	}
	var id int64
	var name sql.NullString
	var ratio sql.NullFloat64
	var at sql.NullTime
	check(db.QueryRow("select id, name, ratio, moment from of_go where id = ?", 1).Scan(&id, &name, &ratio, &at), "binary")
	if id != 1 || name.String != "Zürich ✓" || ratio.Float64 != 1.5 || !at.Time.Equal(moment) {
		log.Fatalf("binary: %v %v %v %v", id, name, ratio, at)
	}
	check(db.QueryRow("select id, name, ratio, moment from of_go where id = 2").Scan(&id, &name, &ratio, &at), "text")
	if id != 2 || name.Valid || ratio.Valid || at.Valid {
		log.Fatalf("text: %v %v %v %v", id, name, ratio, at)
	}
	fmt.Println("rows")
	_, err = db.Query("select * from nowhere")
	var failure *mysql.MySQLError
	if !errors.As(err, &failure) || failure.Number != 1146 {
		log.Fatalf("error: %v", err)
	}
	fmt.Println("errors")
	var group sync.WaitGroup
	for number := range 32 {
		group.Add(1)
		go func() {
			defer group.Done()
			var sum int
			check(db.QueryRow("select ? + 1", number).Scan(&sum), "sum")
			if sum != number+1 {
				log.Fatalf("sum %d", sum)
			}
		}()
	}
	group.Wait()
	fmt.Println("pool")
	compressed, err := sql.Open("mysql", os.Args[1]+"?compress=true&interpolateParams=true")
	check(err, "open compressed")
	defer compressed.Close()
	var text string
	check(compressed.QueryRow("select repeat(?, 100000)", "abc").Scan(&text), "compressed")
	if len(text) != 300000 {
		log.Fatalf("compressed: %d", len(text))
	}
	fmt.Println("compressed")
}
