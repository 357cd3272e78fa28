//! sqlx and mysql_async against a Firn server: `firn-of-rust URL`; prints a word for each part that held.
use futures_util::TryStreamExt;
use mysql_async::prelude::{Query, Queryable, WithParams};
use sqlx::{mysql::MySqlPoolOptions, Connection, Row};

type Failure = Box<dyn std::error::Error + Send + Sync>;

async fn rows(pool: &sqlx::MySqlPool) -> Result<(), Failure> {
    sqlx::query("drop table if exists of_rust").execute(pool).await?;
    sqlx::query("create table of_rust (id bigint, name varchar(50), ratio double, price decimal(10, 2), moment datetime, day date)")
        .execute(pool)
        .await?;
    let moment = time::PrimitiveDateTime::new(
        time::Date::from_calendar_date(2024, time::Month::February, 29)?,
        time::Time::from_hms(23, 59, 58)?,
    );
    let price: sqlx::types::BigDecimal = "12.34".parse()?;
    let done = sqlx::query("insert into of_rust values (?, ?, ?, ?, ?, ?), (2, null, null, null, null, null)")
        .bind(1i64)
        .bind("Zürich ✓")
        .bind(1.5f64)
        .bind(&price)
        .bind(moment)
        .bind(moment.date())
        .execute(pool)
        .await?;
    assert_eq!(done.rows_affected(), 2);
    let row = sqlx::query("select * from of_rust where id = ?").bind(1i64).fetch_one(pool).await?;
    assert_eq!(row.try_get::<i64, _>("id")?, 1);
    assert_eq!(row.try_get::<String, _>("name")?, "Zürich ✓");
    assert_eq!(row.try_get::<f64, _>("ratio")?, 1.5);
    assert_eq!(row.try_get::<sqlx::types::BigDecimal, _>("price")?, price);
    assert_eq!(row.try_get::<time::PrimitiveDateTime, _>("moment")?, moment);
    assert_eq!(row.try_get::<time::Date, _>("day")?, moment.date());
    let absent = sqlx::query("select name, moment from of_rust where id = 2").fetch_one(pool).await?;
    assert_eq!(absent.try_get::<Option<String>, _>(0)?, None);
    assert_eq!(absent.try_get::<Option<time::PrimitiveDateTime>, _>(1)?, None);
    println!("rows");
    Ok(())
}

async fn stream(pool: &sqlx::MySqlPool) -> Result<(), Failure> {
    let mut numbers = sqlx::query("select generate_series from table(generate_series(1, 100000))").fetch(pool);
    let (mut count, mut sum) = (0, 0);
    while let Some(row) = numbers.try_next().await? {
        count += 1;
        sum += row.try_get::<i64, _>(0)?;
    }
    assert_eq!((count, sum), (100_000, 5_000_050_000));
    println!("stream");
    Ok(())
}

async fn errors(pool: &sqlx::MySqlPool) -> Result<(), Failure> {
    let failure = sqlx::query("select * from nowhere").fetch_one(pool).await.unwrap_err();
    let code = failure.as_database_error().and_then(|error| error.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>());
    assert_eq!(code.map(|error| error.number()), Some(1146), "{failure}");
    println!("errors");
    Ok(())
}

async fn transaction(url: &str) -> Result<(), Failure> {
    let mut connection = sqlx::MySqlConnection::connect(url).await?;
    let mut begun = connection.begin().await?;
    let (one,): (i64,) = sqlx::query_as("select count(*) from of_rust").fetch_one(&mut *begun).await?;
    begun.commit().await?;
    assert_eq!(one, 2);
    connection.ping().await?;
    connection.close().await?;
    println!("transaction");
    Ok(())
}

async fn mysql_async_client(url: &str) -> Result<(), Failure> {
    let pool = mysql_async::Pool::new(url);
    let mut connection = pool.get_conn().await?;
    let text: Vec<(i64, Option<String>)> = "select id, name from of_rust order by id".fetch(&mut connection).await?;
    assert_eq!(text, [(1, Some("Zürich ✓".into())), (2, None)]);
    let bound: Option<(i64, f64)> = "select id, ratio from of_rust where name = ?"
        .with(("Zürich ✓",))
        .first(&mut connection)
        .await?;
    assert_eq!(bound, Some((1, 1.5)));
    let prepared = connection.prep("select ? + ?").await?;
    for number in 0..100i64 {
        let sum: Option<i64> = connection.exec_first(&prepared, (number, 1)).await?;
        assert_eq!(sum, Some(number + 1));
    }
    connection.reset().await?;
    let failure = connection.query_drop("selekt 1").await.unwrap_err();
    assert!(matches!(&failure, mysql_async::Error::Server(error) if error.code == 1064), "{failure}");
    drop(connection);
    pool.disconnect().await?;
    println!("mysql_async");
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let url = std::env::args().nth(1).ok_or("say the server's URL")?;
    let pool = MySqlPoolOptions::new().max_connections(4).connect(&url).await?;
    rows(&pool).await?;
    stream(&pool).await?;
    errors(&pool).await?;
    transaction(&url).await?;
    mysql_async_client(&url).await?;
    pool.close().await;
    Ok(())
}
