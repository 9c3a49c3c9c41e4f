//! Rows of one width for all objects, kept in pieces: growing copies nothing and wastes at most one
//! piece, and no single event has to wait for a large move.

/// Objects of one piece.
pub(crate) const PIECE: usize = 1_024;

/// Rows by object.
#[derive(Clone, Debug)]
pub(crate) struct Chunks<T> {
    width: usize,
    pieces: Vec<Box<[T]>>,
}

impl<T: Copy> Chunks<T> {
    /// Rows of this width.
    pub(crate) const fn new(width: usize) -> Self {
        Self {
            width,
            pieces: Vec::new(),
        }
    }

    /// Makes room for at least so many objects; new rows are filled with `value`.
    pub(crate) fn grow(&mut self, objects: usize, value: T) {
        while self.pieces.len() * PIECE < objects {
            let piece = vec![value; PIECE * self.width];
            self.pieces.push(piece.into_boxed_slice());
        }
    }

    /// How many objects there is room for.
    #[inline]
    pub(crate) const fn room(&self) -> usize {
        self.pieces.len() * PIECE
    }

    /// The row of an object.
    #[inline]
    pub(crate) fn row(&self, object: u32) -> &[T] {
        let (piece, start) = self.place(object);
        &self.pieces[piece][start..start + self.width]
    }

    /// The row of an object, to change.
    #[inline]
    pub(crate) fn row_mut(&mut self, object: u32) -> &mut [T] {
        let (piece, start) = self.place(object);
        &mut self.pieces[piece][start..start + self.width]
    }

    /// The only value in the row of an object, where rows have width 1.
    #[inline]
    pub(crate) fn one(&self, object: u32) -> &T {
        let object = object as usize;
        &self.pieces[object / PIECE][object % PIECE]
    }

    /// The same, to change.
    #[inline]
    pub(crate) fn one_mut(&mut self, object: u32) -> &mut T {
        let object = object as usize;
        &mut self.pieces[object / PIECE][object % PIECE]
    }

    /// The same, where there is room for the object.
    #[inline]
    pub(crate) fn get(&self, object: u32) -> Option<&T> {
        let object = object as usize;
        self.pieces.get(object / PIECE)?.get(object % PIECE)
    }

    /// Every value of every row there is room for, by object.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.pieces.iter().flat_map(|piece| piece.iter())
    }

    /// Fetches a row from memory, so that a use soon after does not wait for it.
    #[inline]
    pub(crate) fn warm(&self, object: u32) {
        let (piece, start) = self.place(object);
        if let Some(piece) = self.pieces.get(piece) {
            // A row may lie across two lines of the cache.
            std::hint::black_box(piece.get(start).copied());
            std::hint::black_box(piece.get(start + self.width - 1).copied());
        }
    }

    const fn place(&self, object: u32) -> (usize, usize) {
        let object = object as usize;
        (object / PIECE, object % PIECE * self.width)
    }

    /// Bytes held.
    pub(crate) fn bytes(&self) -> usize {
        let piece = PIECE * self.width * size_of::<T>() + size_of::<Box<[T]>>();
        self.pieces.len() * piece
    }
}
