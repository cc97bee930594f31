//! Another program: a red window of 200×100 pixels at 100, 100 with a green cursor, moved and closed as it is told.
//!
//! It is a process of its own, because windows of the capturing process are left out of every picture.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::{env, io};

use x11rb::connection::Connection;
use x11rb::protocol::xproto::{
    AtomEnum, ConfigureWindowAux, ConnectionExt, CreateGCAux, CreateWindowAux, Gcontext, PropMode, Rectangle,
    Window, WindowClass,
};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

const INSIDE: &str = "CONFAB_LIVE_TEST_PAINTER";
/// The window's title.
pub const TITLE: &str = "A red window – 赤";

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// The other program, seen from the test. Dropping it closes its window.
pub struct Painter {
    process: Child,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Painter {
    /// Starts it; the window is there when this returns.
    pub fn start() -> Painter {
        let program = env::current_exe().expect("the test runs from a file");
        let mut command = Command::new(program);
        let piped = command.env(INSIDE, "1").stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = piped.spawn().expect("the test starts again");
        let orders = process.stdin.take().expect("it is piped");
        let answers = BufReader::new(process.stdout.take().expect("it is piped"));
        let mut painter = Painter { process, orders, answers };
        painter.answer();
        painter
    }

    /// `at X Y`, `size W H`, `page N`, `icon` or `close`; done when this returns.
    pub fn tell(&mut self, order: &str) {
        writeln!(self.orders, "{order}").expect("the painter listens");
        self.answer();
    }

    fn answer(&mut self) {
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("the painter answers");
        assert_eq!(line, "done\n");
    }
}

impl Drop for Painter {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Whether this process is the other program.
pub fn is_painter() -> bool {
    env::var_os(INSIDE).is_some()
}

/// Paints until nobody gives orders any more.
pub fn paint() -> Outcome<()> {
    let (connection, number) = x11rb::connect(None)?;
    let root = connection.setup().roots[number].root;
    let window = red_window_with_green_cursor(&connection, root)?;
    // What a window manager would say.
    let list = connection.intern_atom(false, b"_NET_CLIENT_LIST")?.reply()?.atom;
    connection.change_property32(PropMode::REPLACE, root, list, AtomEnum::WINDOW, &[window])?;
    let ink = ink(&connection, window)?;
    done(&connection)?;
    for order in io::stdin().lines() {
        let order = order?;
        let words: Vec<&str> = order.split(' ').collect();
        match words[..] {
            ["at", x, y] => {
                let place = ConfigureWindowAux::new().x(x.parse::<i32>()?).y(y.parse::<i32>()?);
                connection.configure_window(window, &place)?;
            }
            ["size", w, h] => {
                let size = ConfigureWindowAux::new().width(w.parse::<u32>()?).height(h.parse::<u32>()?);
                connection.configure_window(window, &size)?;
            }
            ["page", number] => write_page(&connection, window, ink, number.parse()?)?,
            ["icon"] => {
                let state = connection.intern_atom(false, b"WM_STATE")?.reply()?.atom;
                connection.change_property32(PropMode::REPLACE, window, state, state, &[3, 0])?;
                connection.unmap_window(window)?;
            }
            ["close"] => drop(connection.destroy_window(window)?),
            _ => return Err(order.into()),
        }
        done(&connection)?;
    }
    Ok(())
}

fn done(connection: &RustConnection) -> Outcome<()> {
    connection.sync()?;
    println!("done");
    Ok(())
}

/// Black on white, in the font that every X server has: capitals of 9 pixels, lines of 13.
fn ink(connection: &RustConnection, window: Window) -> Outcome<Gcontext> {
    let (font, gc) = (connection.generate_id()?, connection.generate_id()?);
    connection.open_font(font, b"fixed")?.check()?;
    connection.create_gc(gc, window, &CreateGCAux::new().font(font).foreground(0).background(0x00ff_ffff))?;
    Ok(gc)
}

/// Fills the window with text that looks different for each number: paragraphs of up to 100 letters a line, as in a letter or a program.
fn write_page(connection: &RustConnection, window: Window, ink: Gcontext, number: u32) -> Outcome<()> {
    let size = connection.get_geometry(window)?.reply()?;
    let paper = connection.generate_id()?;
    connection.create_gc(paper, window, &CreateGCAux::new().foreground(0x00ff_ffff))?;
    let whole = Rectangle { x: 0, y: 0, width: size.width, height: size.height };
    connection.poly_fill_rectangle(window, paper, &[whole])?;
    connection.free_gc(paper)?;
    let mut state = number;
    let mut chance = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state >> 16
    };
    for (line, y) in (13..=size.height).step_by(13).enumerate() {
        if line % 7 == 6 {
            continue;
        }
        let letters = 30 + chance() % 70;
        // A space after six letters or so.
        let letter = |n: u32| if n.is_multiple_of(7) { b' ' } else { b'a' + (n / 7 % 26) as u8 };
        let text: Vec<u8> = (0..letters).map(|_| letter(chance())).collect();
        connection.image_text8(window, ink, 24, y as i16 - 2, &text)?;
    }
    Ok(())
}

/// The cursor is a square of 16 pixels around the window's centre.
fn red_window_with_green_cursor(connection: &RustConnection, root: Window) -> Outcome<Window> {
    let [window, pixmap, gc, cursor] = [
        connection.generate_id()?,
        connection.generate_id()?,
        connection.generate_id()?,
        connection.generate_id()?,
    ];
    connection.create_pixmap(1, pixmap, root, 16, 16)?;
    connection.create_gc(gc, pixmap, &CreateGCAux::new().foreground(1))?;
    connection.poly_fill_rectangle(pixmap, gc, &[Rectangle { x: 0, y: 0, width: 16, height: 16 }])?;
    let (green, black) = ((0, 0xffff, 0), (0, 0, 0));
    connection
        .create_cursor(cursor, pixmap, pixmap, green.0, green.1, green.2, black.0, black.1, black.2, 8, 8)?;
    let look = CreateWindowAux::new().background_pixel(0x00ff_0000).override_redirect(1).cursor(cursor);
    let class = WindowClass::INPUT_OUTPUT;
    connection.create_window(0, window, root, 100, 100, 200, 100, 0, class, 0, &look)?;
    let title = connection.intern_atom(false, b"_NET_WM_NAME")?.reply()?.atom;
    let utf8 = connection.intern_atom(false, b"UTF8_STRING")?.reply()?.atom;
    connection.change_property8(PropMode::REPLACE, window, title, utf8, TITLE.as_bytes())?;
    connection.map_window(window)?;
    connection.warp_pointer(x11rb::NONE, window, 0, 0, 0, 0, 100, 50)?;
    Ok(window)
}
