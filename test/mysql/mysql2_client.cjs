// node's mysql2 against a Firn server: `node mysql2_client.cjs PORT DATABASE`; prints one JSON line.
const path = require('path');
const mysql = require(path.join(process.env.FIRN_JS_FOLDER, 'node_modules/mysql2/promise'));

async function main(port, database) {
  const options = { host: '127.0.0.1', port: Number(port), user: 'root', password: '', database };
  const connection = await mysql.createConnection({ ...options, multipleStatements: true });
  await connection.query('drop table if exists of_mysql2');
  await connection.query('create table of_mysql2 (id bigint, name varchar(50), amount decimal(10, 2), moment datetime)');
  const [written] = await connection.execute('insert into of_mysql2 values (?, ?, ?, ?)', [1, 'Zürich ✓', '12.50', '2024-02-29 23:59:58']);
  await connection.query('insert into of_mysql2 values (?, ?, ?, ?)', [2, "it's", null, null]);
  const [text] = await connection.query('select id, name, amount from of_mysql2 order by id');
  const [binary] = await connection.execute('select id, name, amount, year(moment) as y from of_mysql2 where id >= ? order by id', [1]);
  const [several] = await connection.query('select 1 as a; select 2 as b');
  let failure;
  try { await connection.query('select * from nowhere'); } catch (error) { failure = { errno: error.errno, code: error.code }; }
  await connection.ping();
  await connection.changeUser({ user: 'root', password: '', database });
  const [[{ db }]] = await connection.query('select database() as db');
  await connection.beginTransaction();
  await connection.rollback();
  await connection.end();

  const pool = mysql.createPool({ ...options, connectionLimit: 8 });
  const sums = await Promise.all([...Array(32).keys()].map((n) => pool.execute('select ? + 1 as n', [n]).then(([[row]]) => Number(row.n))));
  await pool.end();

  const compressed = await mysql.createConnection({ ...options, compress: true });
  const [[{ size }]] = await compressed.query("select length(repeat('x', 500000)) as size, repeat('y', 300000) as y");
  await compressed.end();

  let rows = 0;
  const streaming = require(path.join(process.env.FIRN_JS_FOLDER, 'node_modules/mysql2')).createConnection(options);
  await new Promise((resolve, reject) => streaming.query('select * from table(generate_series(1, 50000))').stream()
    .on('data', () => { rows += 1; }).on('end', resolve).on('error', reject));
  streaming.end();
  console.log(JSON.stringify({ affected: written.affectedRows, text, binary, several, failure, db, sums, size, rows }));
}

main(process.argv[2], process.argv[3]).catch((error) => { console.error(error); process.exit(1); });
